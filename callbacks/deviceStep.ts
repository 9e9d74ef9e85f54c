import * as tf from '@tensorflow/tfjs';
import type { ConditionName } from '../src/certificates/stepRecord.js';
import type { OnDevice } from './arithmetic.js';
import type { Backlog, HeldStep } from './backlog.js';
import {
  type Early,
  type MadeStep,
  type Measurable,
  measurable,
  type MeasuredStep,
  type Plan,
  type Work,
} from './measurable.js';
import { deviceArithmetic } from './deviceArithmetic.js';
import { type DeviceGrams, deviceGrams } from './deviceGrams.js';
import { deviceTrouble } from './deviceTrouble.js';
import { alias } from './alias.js';
import type { Evaluation } from './evaluation.js';
import type { LossInputs } from './hessian/lossInputs.js';
import { readAsync, type Reads } from './hessian/reads.js';
import { StepLoss } from './stepLoss.js';
import type { Track } from './track.js';
import { messageOf } from '../src/messageOf.js';

type StepDraft = MeasuredStep['record'];

const conditions: readonly ConditionName[] = ['alignment', 'effective', 'stepSize'];
const hurried =
  'the training went on too fast for its numbers to be read back from the device: let it wait a moment now and then (await tf.nextFrame())';

/**
 * Measures a step whose tensors are on a device. Within the step the device is given its sums to compute, and the loss after
 * where the schedule asks for it; nothing is waited for. The step is held, without a copy, until the numbers are there and
 * say what else is to be measured.
 *
 * @param measure goes through the decisions, as on every backend.
 * @param unmeasured the record before anything is known.
 */
export function measuredLater(
  made: MadeStep,
  plan: Plan,
  track: Track,
  backlog: Backlog,
  measure: (made: Measurable) => Reads<MeasuredStep>,
  unmeasured: StepDraft,
): MeasuredStep {
  const trouble = deviceTrouble();
  if (trouble !== null) {
    backlog.tell(trouble);
    return { record: hindered(unmeasured, plan, trouble), unfinished: null };
  }
  const step = new DeviceStep(made, plan, track, measure, unmeasured);
  backlog.push(step);
  return {
    get record() {
      return step.record;
    },
    unfinished: step,
  };
}

const hindered = (record: StepDraft, { regular }: Plan, reason: string): StepDraft => ({
  ...record,
  asked: regular,
  obstacles: [...record.obstacles, ...conditions.map((condition) => ({ condition, reason }))],
});

class DeviceStep implements HeldStep, Work {
  readonly numbers: tf.Tensor1D;
  readonly bytes: number;
  readonly settled: Promise<void>;
  record: StepDraft;
  readonly #parts: Parts;
  readonly #backend = tf.getBackend();
  #held: Held | null;
  #settle: () => void = () => undefined;
  #done = false;

  constructor(
    private readonly made: MadeStep,
    private readonly plan: Plan,
    track: Track,
    private readonly measure: (made: Measurable) => Reads<MeasuredStep>,
    unmeasured: StepDraft,
  ) {
    this.record = unmeasured;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#parts = partsOf(made, plan, track);
    this.numbers = joined(this.#parts);
    this.bytes = 8 * made.before.reduce((sum, tensor) => sum + tensor.size, 0);
    const mayBeMeasured = made.before.length > 0;
    this.#held = mayBeMeasured && made.evaluation && made.gradients ? hold(made, made.evaluation, made.inputs) : null;
  }

  get done(): boolean {
    return this.#done;
  }

  /** There is nothing to be done but to wait. */
  go(): void {
    return undefined;
  }

  async finish(values: Float64Array): Promise<void> {
    try {
      const { grams, loss, again, after } = split(this.#parts, values);
      const { before, after: there, gradients } = this.#held ?? this.made;
      const early: Early = { grams, again, after, later: this.#obstacle(), yTheta: null };
      const { record } = await readAsync(
        this.measure(
          // Without what is held there are still the sums; whether there were gradients is all that is asked.
          measurable(
            { ...this.made, before, after: there, gradients },
            { lossBefore: loss, arithmetic: deviceArithmetic, plan: this.plan, early },
          ),
        ),
      );
      this.record = record;
    } catch (error) {
      this.fail(error);
    } finally {
      this.#end();
    }
  }

  fail(error: unknown): void {
    const reason = deviceTrouble() ?? `the numbers of the step could not be read back: ${messageOf(error)}`;
    this.record = hindered(this.record, this.plan, reason);
    this.#end();
  }

  letGo(): void {
    this.#held?.dispose();
    this.#held = null;
  }

  #end(): void {
    this.letGo();
    this.#done = true;
    this.#settle();
  }

  /** Why the loss of the step can't be called any more. */
  #obstacle(): Early['later'] {
    const because = (reason: string): Early['later'] => ({ reason });
    if (this.#held === null) return because(hurried);
    if (tf.getBackend() !== this.#backend)
      return because(`the backend was changed from ${this.#backend} before the step's numbers were read back`);
    return this.made.variables.some((variable) => variable.isDisposed)
      ? because("the variables were disposed before the step's numbers were read back")
      : null;
  }
}

/** What a device computes of a step while it is made. */
interface Parts {
  readonly grams: OnDevice<DeviceGrams> | null;
  readonly loss: OnDevice<number> | null;
  readonly again: OnDevice<number> | null;
  readonly after: OnDevice<number> | null;
  /** How coarse the stairs of the loss are that it moves in. */
  readonly stairs: OnDevice<void> | null;
}

function partsOf(made: MadeStep, { regular }: Plan, track: Track): Parts {
  const { evaluation, variables, before, gradients } = made;
  const scalar = (value: tf.Tensor): OnDevice<number> => deviceArithmetic.scalar(value) as OnDevice<number>;
  const loss = made.lossBefore as tf.Tensor | null;
  const callable =
    regular.effective &&
    loss !== null &&
    evaluation !== null &&
    track.unfaithful === null &&
    !evaluation.survey?.layers.some((layer) => layer.stateful);
  const names = variables.map((variable) => variable.name);
  const begun: tf.Tensor[] = [];
  const part = <T>(compute: () => OnDevice<T>): OnDevice<T> => {
    const found = compute();
    begun.push(found.numbers);
    return found;
  };
  try {
    return {
      // Where nothing is asked for yet, what is held of the step will do if anything is after all.
      grams:
        gradients && (regular.alignment || regular.effective || regular.stepSize)
          ? part(() =>
              deviceGrams({ names, gradients, before, after: variables }, made.learningRate ?? 1, track, callable),
            )
          : null,
      loss: loss === null || loss.isDisposed ? null : part(() => scalar(loss)),
      again:
        callable && !track.checked
          ? part(() =>
              evaluation.outcome((again) => {
                variables.forEach((variable, i) => {
                  variable.assign(before[i] as tf.Tensor);
                });
                return scalar(again());
              }),
            )
          : null,
      after: callable
        ? track.spending.on('effective', () => part(() => evaluation.outcome((after) => scalar(after()))))
        : null,
      stairs: evaluation?.takeLooks() ?? null,
    };
  } catch (error) {
    // A loss that throws the second time.
    tf.dispose(begun);
    throw error;
  }
}

const order = ['grams', 'loss', 'again', 'after', 'stairs'] as const;

/** All numbers in one tensor. */
function joined(parts: Parts): tf.Tensor1D {
  const given = order.flatMap((name) => parts[name]?.numbers ?? []);
  try {
    return tf.tidy(() =>
      tf.keep(tf.concat1d([tf.zeros([0]), ...given.map((each) => tf.reshape<tf.Rank.R1>(each, [each.size]))])),
    );
  } finally {
    tf.dispose(given);
  }
}

function split(
  parts: Parts,
  values: Float64Array,
): { [K in keyof Parts]: ReturnType<NonNullable<Parts[K]>['read']> | null } {
  let offset = 0;
  const next = <T>(part: OnDevice<T> | null): T | null => {
    if (part === null) return null;
    const own = values.subarray(offset, offset + part.numbers.size);
    offset += part.numbers.size;
    return part.read(own);
  };
  return {
    grams: next(parts.grams),
    loss: next(parts.loss),
    again: next(parts.again),
    after: next(parts.after),
    stairs: next(parts.stairs),
  };
}

/** What is kept of a step: θ, θ', the gradient and what else the loss is a function of. No copies. */
interface Held {
  readonly before: readonly tf.Tensor[];
  readonly after: readonly tf.Tensor[];
  readonly gradients: readonly (tf.Tensor | undefined)[];
  readonly dispose: () => void;
}

/** What is held of a step that more than one looks at, and by how many. */
const shared = new WeakMap<Evaluation, { readonly held: Held; holders: number }>();

function hold(made: MadeStep, evaluation: Evaluation, inputs: LossInputs | null): Held {
  const share = shared.get(evaluation) ?? { held: holdAlone(made, evaluation, inputs), holders: 0 };
  shared.set(evaluation, share);
  share.holders++;
  return {
    ...share.held,
    dispose: () => {
      if (--share.holders > 0) return;
      shared.delete(evaluation);
      share.held.dispose();
    },
  };
}

function holdAlone(made: MadeStep, evaluation: Evaluation, inputs: LossInputs | null): Held {
  const before = made.before.map(alias);
  const after = made.variables.map(alias);
  const gradients = (made.gradients ?? []).map((gradient) => gradient && alias(gradient));
  inputs?.hold();
  if (inputs) evaluation.outlive(new StepLoss(made.variables, after, inputs));
  return {
    before,
    after,
    gradients,
    dispose: () => {
      tf.dispose([before, after, gradients.filter((gradient) => gradient !== undefined)]);
      inputs?.dispose();
    },
  };
}
