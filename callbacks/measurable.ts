import type * as tf from '@tensorflow/tfjs';
import type { ConditionName, Obstacle, StepRecord } from '../src/certificates/stepRecord.js';
import type { Arithmetic } from './arithmetic.js';
import type { DeviceGrams } from './deviceGrams.js';
import type { Evaluation } from './evaluation.js';
import type { Inertia } from './inertia.js';
import type { LossInputs } from './hessian/lossInputs.js';

/** A step that was made: what is known of it while θ, θ' and the gradient are all at hand. */
export interface MadeStep {
  readonly source: StepRecord['source'];
  readonly variables: tf.Variable[];
  /** θ, sharing the data the variables had; none where nothing of the step may be measured. */
  readonly before: readonly tf.Tensor[];
  /** θ': on a device what shares its data, as the variables have moved on by the time they are asked for. */
  readonly after: readonly tf.Tensor[];
  /** `∇L(θ)`, variable by variable; `undefined`: no gradient reached it. `null`: the gradient of the loss is not known. */
  readonly gradients: readonly (tf.Tensor | undefined)[] | null;
  /** The loss; `null`: not known. */
  readonly evaluation: Evaluation | null;
  /** On a device: what the loss was seen to be a function of. */
  readonly inputs: LossInputs | null;
  /** A number, or on a device the scalar that holds it; `null`: not known. */
  readonly lossBefore: number | tf.Tensor | null;
  readonly learningRate: number | null;
  /** As in `gradientMultiples`, where it was looked at. */
  readonly multiples?: readonly (number | undefined)[];
  readonly obstacles: readonly Obstacle[];
  /** The optimizer's velocity before the step; `null`: there is no optimizer. */
  readonly inertia?: Inertia | null;
}

/** What was measured of a step, and what goes on being measured of it: then the record is not complete yet. */
export interface MeasuredStep {
  readonly record: Omit<StepRecord, 'step' | 'run'>;
  readonly unfinished: Work | null;
}

/** Measuring that goes on after its step. */
export interface Work {
  readonly done: boolean;
  /** Goes on for some milliseconds, as far as it can without waiting. */
  go(limit: number): void;
  /** Settles when it is done, where it has to be waited for. */
  readonly settled?: Promise<void>;
}

/** A step being measured: the loss is a number by now. */
export interface Measurable extends MadeStep {
  readonly lossBefore: number | null;
  readonly arithmetic: Arithmetic;
  readonly plan: Plan;
  /** What was computed of it on a device while it was made. */
  readonly early: Early | null;
}

/** Written out, as a step can do without what spreading an object costs. */
export const measurable = (
  made: MadeStep,
  { lossBefore, arithmetic, plan, early }: Pick<Measurable, 'lossBefore' | 'arithmetic' | 'plan' | 'early'>,
): Measurable => ({
  source: made.source,
  variables: made.variables,
  before: made.before,
  after: made.after,
  gradients: made.gradients,
  evaluation: made.evaluation,
  inputs: made.inputs,
  lossBefore,
  learningRate: made.learningRate,
  multiples: made.multiples ?? [],
  obstacles: made.obstacles,
  inertia: made.inertia ?? null,
  arithmetic,
  plan,
  early,
});

/** What the schedules say of a step: a schedule of the user's own is asked once. */
export interface Plan {
  readonly index: number;
  readonly regular: Readonly<Record<ConditionName, boolean>>;
}

/** What a device has computed within the step. */
export interface Early {
  readonly grams: DeviceGrams | null;
  /** The loss at θ a second time, and at θ'; `null`: not evaluated. */
  readonly again: number | null;
  readonly after: number | null;
  /** May the loss be called now that the step is over, and if not, why? `null`: not tried yet. */
  later: { readonly reason: string | null } | null;
  /** `‖y‖‖θ‖`, no less than what rounding moves the loss by, in its units; `null`: not known. */
  yTheta: number | null;
}

/** What is measured of a step is gathered here, then frozen into its record. */
export type Draft = { -readonly [K in keyof StepRecord]: StepRecord[K] };

export const obstacles = (conditions: readonly ConditionName[], reason: string): Obstacle[] =>
  conditions.map((name) => ({ condition: name, reason }));
