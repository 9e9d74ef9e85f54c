import * as tf from '@tensorflow/tfjs';
import { alignmentCondition } from '../src/certificates/alignment.js';
import type { Condition, DiscreteGradient } from '../src/certificates/certificate.js';
import { effectiveCondition } from '../src/certificates/effective.js';
import { stepSizeCondition } from '../src/certificates/stepSize.js';
import type { CurvatureRecord, DiscreteGradientRecord, StepRecord } from '../src/certificates/stepRecord.js';
import { discreteGradient } from '../src/geometry/discreteGradients/discreteGradient.js';
import { distance as distanceBetween } from '../src/linalg/distance.js';
import { gram as gramOf } from '../src/linalg/gram.js';
import type { Measurable } from './measurable.js';
import { type CurvatureOptions, measureCurvature } from './curvature.js';
import { differsFromLosses, meanOperator } from './meanHessian.js';
import { alias } from './alias.js';
import type { Evaluation } from './evaluation.js';
import { whileReplaced } from './whileReplaced.js';
import { copyOnDevice } from './copyOnDevice.js';
import { HessianOperator } from './hessian/hessianOperator.js';
import { readExact } from './hessian/examination.js';
import type { Point } from './hessian/exactProduct.js';
import { LossInputs } from './hessian/lossInputs.js';
import type { Operator } from './hessian/lowestEigenvalue.js';
import type { Reads } from './hessian/reads.js';
import { isOnDevice } from './isOnDevice.js';
import { stepSegment, tensorsAlong, type Way, wayOf } from './stepSegment.js';
import type { Track } from './track.js';
import { messageOf } from '../src/messageOf.js';

/** What of a step takes further derivatives. */
export interface SecondOrderOptions {
  readonly discreteGradient: DiscreteGradient;
  readonly curvature: CurvatureOptions;
}

export type SecondOrder = Pick<StepRecord, 'discrete' | 'curvature'> & {
  /** Why something that was asked for is missing. */
  readonly trouble: string | null;
};

/** On fewer products than these the bound says so little that the margin it gives would mislead. */
const fewest = 6;
/** Nobody needs the ends of a spectrum better than this, relative to its width, where they decide nothing. */
const enough = 0.05;

/** Work on a step that may outlive it. */
export interface SecondOrderWork {
  readonly reads: Reads<SecondOrder>;
  /** Keeps what the work needs of the step: to be called, within the step, where it is interrupted. */
  readonly hold: () => void;
}

/**
 * The discrete gradient that was asked for, and, where the step size was, the smallest eigenvalue of the Hessian that belongs to
 * it. Calls the loss of the step, undisturbed. May be interrupted between products with the Hessian.
 *
 * @param record the step as far as it is measured, its loss after included
 */
export function secondOrderWork(
  record: StepRecord,
  made: Measurable,
  evaluation: Evaluation,
  track: Track,
  options: SecondOrderOptions,
): SecondOrderWork {
  const points = new Points(made, evaluation, track);
  return {
    reads: orTrouble(measure(record, made, evaluation, track, options, points)),
    hold: () => {
      points.hold();
    },
  };
}

/** A loss that can't be differentiated twice is a reason, not a fault. */
function* orTrouble(reads: Reads<SecondOrder>): Reads<SecondOrder> {
  try {
    return yield* reads;
  } catch (error) {
    const trouble = `the loss can't be differentiated again: ${messageOf(error)}`;
    return { discrete: null, curvature: null, trouble };
  }
}

function* measure(
  record: StepRecord,
  made: Measurable,
  evaluation: Evaluation,
  track: Track,
  options: SecondOrderOptions,
  points: Points,
): Reads<SecondOrder> {
  const seed = made.plan.index + 1;
  try {
    const discrete =
      options.discreteGradient === 'projected' ? null : yield* discreteOf(record, made, evaluation, options, points);
    if (discrete !== null && discrete.record === null && record.asked.stepSize)
      return { discrete: null, curvature: null, trouble: discrete.reason };
    const found = discrete?.record ?? null;
    if (!record.asked.stepSize) return { discrete: found, curvature: null, trouble: null };
    const kind = found?.kind === 'taylor' ? 'taylor-point' : found?.kind === 'mean-value' ? 'mean' : 'theta';
    const operator =
      kind === 'mean'
        ? yield* meanOperator((s) => points.at(s))
        : yield* points.at(kind === 'taylor-point' ? (found?.taylorPoint ?? 0) : 0);
    const { g } = yield* points.way();
    if (kind === 'mean') {
      const trouble = yield* differsFromLosses(operator, g, record, effectiveOf(record));
      if (trouble !== null) return { discrete: found, curvature: null, trouble };
    }
    const start = options.curvature.warmStart ? track.ritzVector : null;
    const until = decided(record, found, options.curvature.stop);
    const curvature = yield* measureCurvature(
      operator,
      kind,
      kind === 'theta' ? g : null,
      start,
      seed,
      options.curvature,
      until,
    );
    if (curvature.record !== null) track.ritzVector = curvature.vector;
    points.remember();
    return { discrete: found, curvature: curvature.record, trouble: curvature.reason };
  } finally {
    points.dispose();
  }
}

/** What became of the loss, whether or not anybody asked for that by itself. */
const effectiveOf = (record: StepRecord): Condition =>
  effectiveCondition({ ...record, asked: { ...record.asked, effective: true } });

/** Does the curvature known so far decide? Where none can, it is enough to know it well. */
function decided(
  record: StepRecord,
  discrete: DiscreteGradientRecord | null,
  stop: CurvatureOptions['stop'],
): (curvature: CurvatureRecord) => string | null {
  const alignment = alignmentCondition(record);
  const effective = effectiveOf(record);
  return (curvature) => {
    if ((curvature.products ?? 0) < fewest) return null;
    if (effective.state === 'holds' && stop === 'decided') {
      const { state } = stepSizeCondition({ ...record, discrete, curvature }, alignment, effective);
      return state === 'unresolved' ? null : 'decided';
    }
    const { hessianMin, hessianMinLower } = curvature;
    const gap = hessianMin - (hessianMinLower ?? Number.NEGATIVE_INFINITY);
    return gap <= enough * Math.abs(hessianMin) ? 'known well enough' : null;
  };
}

function* discreteOf(
  record: StepRecord,
  made: Measurable,
  evaluation: Evaluation,
  { discreteGradient: kind }: SecondOrderOptions,
  points: Points,
): Reads<{ record: DiscreteGradientRecord; reason: null } | { record: null; reason: string }> {
  const { gradients } = made;
  if (gradients === null || record.lossBefore === null || record.lossAfter === null || kind === 'projected')
    return { record: null, reason: 'the loss was not measured on both sides of the step' };
  const effective = effectiveOf(record);
  const segment = yield* stepSegment({
    made,
    way: yield* points.way(),
    evaluation,
    arithmetic: made.arithmetic,
    change: -(effective.value ?? record.lossBefore - record.lossAfter),
    changeError: effective.tolerance ?? 0,
    curvatureAt: (s, v) => points.product(s, v),
  });
  const found = yield* discreteGradient(kind, segment);
  if (evaluation.diverged) return { record: null, reason: 'the loss drew other random numbers along the step' };
  if (found.vector === null) return { record: null, reason: found.reason };
  if (found.point !== undefined) {
    const { product, reason } = yield* (yield* points.at(found.point)).apply(segment.g);
    if (product === null) return { record: null, reason };
  }
  const gram = gramOf(found.vector, segment.g);
  const distance = distanceBetween(found.vector, segment.y);
  if (![gram.yy, gram.gg, gram.yg, distance].every(Number.isFinite))
    return { record: null, reason: `non-finite: the discrete gradient ${kind} holds NaN or Infinity` };
  const point = found.point === undefined ? {} : { taylorPoint: found.point };
  return { record: { kind, gram, distance, ...point }, reason: null };
}

/** The Hessian at points of the step, each examined once. */
class Points {
  readonly #operators = new Map<number, HessianOperator>();
  /** θ. */
  readonly #start: readonly tf.Tensor[];
  readonly #held: tf.Tensor[] = [];
  #way: Way | null = null;
  readonly #inputs = new LossInputs();
  readonly #seed: number;

  constructor(
    private readonly made: Measurable,
    private readonly evaluation: Evaluation,
    private readonly track: Track,
  ) {
    // What is read back moves off a device: not the training's.
    this.#start = made.before.map(isOnDevice() ? copyOnDevice : alias);
    this.#held.push(...this.#start);
    this.#seed = (made.plan.index + 1) ^ 0x5eed;
  }

  /** Both ends of the step, read once. */
  *way(): Reads<Way> {
    return (this.#way ??= yield* wayOf(this.made));
  }

  *at(s: number): Reads<Operator> {
    const known = this.#operators.get(s);
    if (known) return known;
    const at = yield* this.#tensorsAt(s);
    if (s !== 0) this.#held.push(...at);
    const { examination: earlier } = this.track;
    const operator = new HessianOperator(this.#point(at), this.#seed, { earlier, fixed: true });
    this.#operators.set(s, operator);
    return operator;
  }

  /** `H(θ_s) v` the exact way, unexamined; `null` where a derivative is not known or the loss fails. */
  *product(s: number, v: Float64Array): Reads<Float64Array | null> {
    const at = yield* this.#tensorsAt(s);
    try {
      const { product, unknown } = yield* readExact(this.#point(at), v, { withGradient: false });
      return unknown.length === 0 ? product : null;
    } catch {
      return null;
    } finally {
      if (s !== 0) tf.dispose([...at]);
    }
  }

  *#tensorsAt(s: number): Reads<readonly tf.Tensor[]> {
    return s === 0 ? this.#start : tensorsAlong(yield* this.way(), this.made.variables, s);
  }

  hold(): void {
    this.#inputs.hold();
  }

  /** What was found out is good for the steps to come, until enough of them have passed. */
  remember(): void {
    const found = [...this.#operators.values()].map(({ examination }) => examination).find((each) => each !== null);
    this.track.examined = this.track.examination === null ? 1 : this.track.examined + 1;
    this.track.examination = found?.method === 'exact' && this.track.examined < examineEvery ? found : null;
  }

  dispose(): void {
    tf.dispose(this.#held);
    this.#inputs.dispose();
  }

  #point(at: readonly tf.Tensor[]): Point {
    return { loss: this.#loss, variables: this.made.variables, at, inputs: this.#inputs };
  }

  readonly #loss = (): tf.Scalar => {
    const call = (): tf.Scalar => this.evaluation.undisturbed((loss) => loss());
    // What the closure names may be disposed by now; what stands in for it is not.
    return this.#inputs.isHeld ? whileReplaced(tf.Tensor.prototype, 'throwIfDisposed', () => undefined, call) : call();
  };
}

/** A whole examination every so many steps whose curvature is measured. */
const examineEvery = 16;
