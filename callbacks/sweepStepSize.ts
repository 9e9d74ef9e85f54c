import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { effectiveCondition } from '../src/certificates/effective.js';
import { timetable } from '../src/certificates/schedule.js';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import { type StepSizeSweep, stepSizeSweep } from '../src/certificates/stepSizeSweep.js';
import { checkOptions } from '../src/checkOptions.js';
import {
  type DiscreteGradientKind,
  discreteGradientKinds,
} from '../src/geometry/discreteGradients/discreteGradient.js';
import { Backlog } from './backlog.js';
import { type CaptureOptions, measureStep } from './capture.js';
import { alias } from './alias.js';
import { checkLossAndVariables } from './hessian/arguments.js';
import { squaredNorm } from './gramKernel.js';
import { hostArray } from './hostArray.js';
import { lossGradients } from './lossGradients.js';
import type { MeasuredStep } from './measurable.js';
import { observeUpdate } from './observe.js';
import { scalarLoss } from './scalarLoss.js';
import { type Track, Tracks } from './track.js';

/** The step that is swept, and over which rates. */
export interface SweepOptions {
  /** Gives the same value each time it is called at the same θ. */
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  /** `g`, one float32 tensor a variable, in its shape. @default the negative gradient of `loss` */
  readonly direction?: readonly tf.Tensor[];
  /** The rates η, each > 0, or a range that is cut evenly in its logarithm. @default 20 around where the loss stops being lower */
  readonly rates?: readonly number[] | { readonly from: number; readonly to: number; readonly count: number };
  /** Which `ȳ` ψ and the optimal bound are of. @default 'taylor' */
  readonly discreteGradient?: DiscreteGradientKind;
  /** Products with the Hessian a rate, at least 1. @default 32 */
  readonly products?: number;
  /** Each lower bound of the curvature fails with at most this probability, in (0, 1). @default 0.01 */
  readonly delta?: number;
  /** Is told after each rate how many of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

const isRate = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0;
const isRange = (value: object): boolean => {
  const { from, to, count, ...others } = value as Record<string, unknown>;
  const inOrder = isRate(from) && isRate(to) && (from as number) < (to as number);
  return inOrder && Number.isInteger(count) && (count as number) >= 2 && Object.keys(others).length === 0;
};
const schema = v.strictObject({
  loss: v.function('a function that returns a tf.Scalar'),
  variables: v.array(v.any(), 'a list of tf.Variable'),
  direction: v.optional(v.array(v.any(), 'a list of tf.Tensor')),
  rates: v.optional(
    v.custom<NonNullable<SweepOptions['rates']>>(
      (value) =>
        Array.isArray(value)
          ? value.length > 0 && value.every(isRate)
          : typeof value === 'object' && value !== null && isRange(value),
      'a list of numbers > 0, or { from, to, count } with 0 < from < to and count an integer >= 2',
    ),
  ),
  discreteGradient: v.optional(v.picklist(discreteGradientKinds, discreteGradientKinds.join(', '))),
  products: v.optional(
    v.pipe(v.number('an integer >= 1'), v.integer('an integer >= 1'), v.minValue(1, 'an integer >= 1')),
  ),
  delta: v.optional(
    v.pipe(v.number('a number in (0, 1)'), v.gtValue(0, 'a number in (0, 1)'), v.ltValue(1, 'a number in (0, 1)')),
  ),
  onProgress: v.optional(v.function('a function')),
});

/** Rates on each side of the doubling that looks for where the loss stops being lower. */
const doublings = 60;
const defaultCount = 20;
/** The place is narrowed down to this factor, or to where rounding hides it. */
const narrow = 1.002;

/**
 * One step over a range of rates: for every η what `θ + ηg` does to the loss, how far `ȳ` is from `y`, ψ, and both bounds of the
 * step size, each certified by itself; and where the loss stops being lower. The variables are put back bit for bit, also when it throws.
 *
 * Costs for each rate two gradients, a loss, what the discrete gradient needs and up to `products` products with the Hessian (three
 * gradients each); some dozens of gradients more to find the place. Memory: `products` vectors of the size of θ in float64.
 *
 * @throws TypeError naming the option; whatever `loss` throws at θ itself.
 */
export async function sweepStepSize(options: SweepOptions): Promise<StepSizeSweep> {
  checkOptions('sweepStepSize', schema, options);
  checkLossAndVariables('sweepStepSize', options.loss, options.variables);
  const { variables, products = 32, delta = 0.01, discreteGradient = 'taylor', onProgress } = options;
  const checked = { ...options, loss: scalarLoss('sweepStepSize', options.loss) };
  const step = new RepeatedStep(checked, {
    discreteGradient,
    curvature: {
      products,
      delta,
      keep: 'basis',
      warmStart: false,
      stop: 'known',
      blockingMs: Number.POSITIVE_INFINITY,
    },
  });
  try {
    step.checkRepeatable();
    const { rates, probes } = await chosenRates(options, step);
    const records: StepRecord[] = [];
    for (const eta of rates) {
      records.push(await step.at(eta, 'whole'));
      onProgress?.(records.length, rates.length);
      // Between rates whoever shares the thread may go on.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return stepSizeSweep(records, [...probes, ...(await narrowed([...records, ...probes], step))]);
  } finally {
    step.restore(variables);
  }
}

/** The same step from the same θ, again and again. */
class RepeatedStep {
  readonly #start: readonly tf.Tensor[];
  readonly #direction: readonly tf.Tensor[];
  readonly #track: Track;
  readonly #backlog = new Backlog((trouble) => {
    console.warn(`steepest: ${trouble}`);
  });
  /** Length of one unit of η. */
  readonly length: number;
  readonly thetaLength: number;

  constructor(
    private readonly options: SweepOptions,
    private readonly secondOrder: Pick<CaptureOptions, 'discreteGradient' | 'curvature'>,
  ) {
    const { loss, variables, direction } = options;
    if (direction) checkDirection(variables, direction);
    this.#start = variables.map(alias);
    this.#track = new Tracks(64, () => 0).of(variables);
    try {
      this.#direction = direction ? direction.map(alias) : steepest(loss, variables);
    } catch (error) {
      tf.dispose([...this.#start]);
      throw error;
    }
    this.length = Math.sqrt(squares(this.#direction));
    this.thetaLength = Math.sqrt(squares(this.#start));
  }

  checkRepeatable(): void {
    const value = (): number => tf.tidy(() => hostArray(this.options.loss())[0] as number);
    const [once, twice] = [value(), value()];
    if (!Object.is(once, twice))
      throw new TypeError(
        `sweepStepSize: expected \`loss\` to give the same value at the same θ, got ${once}, then ${twice}`,
      );
  }

  /** The step with rate `eta`; of a probe only the loss is measured. */
  async at(eta: number, what: 'whole' | 'probe'): Promise<StepRecord> {
    const { loss, variables } = this.options;
    const always = timetable('always');
    const capture: CaptureOptions = {
      ...this.secondOrder,
      ...(what === 'probe' ? { discreteGradient: 'projected' } : {}),
      timetables: { alignment: always, effective: always, stepSize: timetable(what === 'whole' ? 'always' : 'never') },
      noiseShare: 16,
      backlog: this.#backlog,
      geometry: null,
      suspiciousPsi: Math.PI / 2,
      energy: false,
    };
    const update = (): void => {
      variables.forEach((variable, i) => {
        const [from, along] = [this.#start[i] as tf.Tensor, this.#direction[i] as tf.Tensor];
        tf.tidy(() => {
          variable.assign(tf.add(from, tf.mul(along, eta)));
        });
      });
    };
    const steps: MeasuredStep[] = [];
    this.#putBack(variables);
    await observeUpdate({ loss, variables, update, learningRate: eta }, (made) => {
      steps.push(measureStep(made, this.#track, capture));
    });
    this.#putBack(variables);
    const [step] = steps as [MeasuredStep];
    await step.unfinished?.settled;
    return { ...step.record, step: 0, run: 0 };
  }

  #putBack(variables: readonly tf.Variable[]): void {
    variables.forEach((variable, i) => {
      tf.tidy(() => {
        variable.assign(tf.reshape(this.#start[i] as tf.Tensor, variable.shape));
      });
    });
  }

  restore(variables: readonly tf.Variable[]): void {
    this.#putBack(variables);
    tf.dispose([...this.#start, ...this.#direction]);
  }
}

const squares = (tensors: readonly tf.Tensor[]): number =>
  tensors.reduce((sum, tensor) => sum + squaredNorm(hostArray(tensor)), 0);

/** The negative gradient, which the caller disposes. */
function steepest(loss: () => tf.Scalar, variables: tf.Variable[]): tf.Tensor[] {
  return tf.tidy(() => {
    const { grads } = lossGradients(loss, variables);
    return variables.map((variable) => tf.keep(tf.neg(grads[variable.name] ?? tf.zeros(variable.shape))));
  });
}

function checkDirection(variables: readonly tf.Variable[], direction: readonly tf.Tensor[]): void {
  const wanted = variables.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  const got = direction.map((each) => (each instanceof tf.Tensor ? `[${each.shape.join(', ')}]` : typeof each));
  if (got.join(', ') !== wanted)
    throw new TypeError(
      `sweepStepSize: expected option \`direction\` to be tensors of the shapes ${wanted}, got ${got.join(', ')}`,
    );
}

const stateOf = (record: StepRecord): ReturnType<typeof effectiveCondition>['state'] =>
  effectiveCondition(record).state;

/** The rates asked for, or a range around where the loss stops being lower, found by doubling. */
async function chosenRates(
  { rates }: SweepOptions,
  step: RepeatedStep,
): Promise<{ rates: number[]; probes: StepRecord[] }> {
  if (Array.isArray(rates)) return { rates: [...new Set(rates as number[])].sort((a, b) => a - b), probes: [] };
  if (rates !== undefined) {
    const { from, to, count } = rates as { from: number; to: number; count: number };
    return { rates: spaced(from, to, count), probes: [] };
  }
  const unit = step.length > 0 ? (1e-3 * (step.thetaLength || 1)) / step.length : 1;
  const probes = [await step.at(unit, 'probe')];
  const rises = stateOf(probes[0] as StepRecord) === 'fails';
  let eta = unit;
  for (let i = 0; i < doublings; i++) {
    eta *= rises ? 0.5 : 2;
    const probe = await step.at(eta, 'probe');
    probes.push(probe);
    // Up until it rises or leaves float32; down until it falls, or is too short to tell.
    if (rises ? stateOf(probe) !== 'fails' : stateOf(probe) === 'fails' || probe.lossAfter === null) break;
  }
  const place = rises ? 2 * eta : eta;
  return { rates: spaced(place / 1024, place * 1.5, defaultCount), probes };
}

/** `count` numbers, evenly in their logarithm. */
const spaced = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from * (to / from) ** (i / (count - 1)));

/** Halves, in the logarithm, the stretch in which the loss stops being lower. */
async function narrowed(records: readonly StepRecord[], step: RepeatedStep): Promise<StepRecord[]> {
  const rateOf = (record: StepRecord): number => record.learningRate ?? 1;
  const sorted = [...records].sort((one, other) => rateOf(one) - rateOf(other));
  const fails = sorted.findIndex((record) => stateOf(record) === 'fails');
  const holds = sorted.slice(0, Math.max(0, fails)).findLastIndex((record) => stateOf(record) === 'holds');
  if (holds < 0) return [];
  let [low, high] = [rateOf(sorted[holds] as StepRecord), rateOf(sorted[fails] as StepRecord)];
  const probes: StepRecord[] = [];
  while (high / low > narrow) {
    const middle = Math.sqrt(low * high);
    const probe = await step.at(middle, 'probe');
    probes.push(probe);
    const state = stateOf(probe);
    if (state === 'holds') low = middle;
    else if (state === 'fails') high = middle;
    else break;
  }
  return probes;
}
