import { extendedGram } from '../geometry/extendedGram.js';
import { type Gram, productExponent, scaleByPower } from '../linalg/gram.js';
import { dotTolerance, gaveNothing, nearlyOrthogonal } from './alignment.js';
import type { Condition } from './certificate.js';
import { condition, finite } from './condition.js';
import { lossTolerance } from './effective.js';
import type { StepRecord } from './stepRecord.js';

/** The change of a loss from one step to the next, in its two parts: they add up to the whole. */
export interface LossSplit {
  /** `L_{t+1}(θ_{t+1}) − L_t(θ_t)`: what a loss curve shows. */
  readonly total: number;
  /** `L_t(θ_{t+1}) − L_t(θ_t)`: what the step did, on its own batch. */
  readonly byStep: number;
  /** `L_{t+1}(θ_{t+1}) − L_t(θ_{t+1})`: what the change of the batch, or of time, did. */
  readonly byChange: number;
}

/** The two parts of a change of the loss: of the step, and of the batch or the time (THEORY, section 5). O(1). */
export const splitLoss = (before: number, sameBatch: number, after: number): LossSplit => ({
  total: after - before,
  byStep: sameBatch - before,
  byChange: after - sameBatch,
});

/** A split of two steps that follow each other; plain JSON. */
export interface LossSplitRecord extends LossSplit {
  readonly kind: 'split';
  readonly version: 1;
  /** The step that was made; `after` is the loss at the start of the next one. */
  readonly step: number;
  /**
   * Is the step natural gradient descent in the state extended by time, `(θ, t)`: does it descend faster than the loss moves away under it?
   * Value: `ỹ·g̃ = y·g − byChange/η`, with `byChange` for `∂L/∂t` a step.
   */
  readonly extended: Condition;
}

/**
 * What the step of `record` and the change to the batch of `next` did to the loss. `null` where the loss after the step was not measured,
 * or the two are not of one run and one after the other. O(1).
 */
export function splitBetween(record: StepRecord, next: StepRecord): LossSplitRecord | null {
  if (next.step !== record.step + 1 || next.run !== record.run) return null;
  if (record.lossBefore === null || record.lossAfter === null || next.lossBefore === null) return null;
  const split = splitLoss(record.lossBefore, record.lossAfter, next.lossBefore);
  return Number.isFinite(split.total + split.byStep + split.byChange)
    ? { kind: 'split', version: 1, step: record.step, ...split, extended: extendedAlignment(record, next, split) }
    : null;
}

function extendedAlignment(record: StepRecord, next: StepRecord, { byChange }: LossSplit): Condition {
  const obstacle = record.obstacles.find((each) => each.condition !== 'stepSize');
  if (obstacle) return condition('unresolved', null, null, obstacle.reason);
  const { gram, learningRate } = record;
  if (gram === null) return condition('unresolved', null, null, gaveNothing);
  const eta = learningRate ?? 1;
  const value = finite(extendedGram(gram, byChange, eta).yg);
  const losses = { lossBefore: record.lossAfter, lossAfter: next.lossBefore };
  // Each batch has a noise of its own, and both losses are as noisy as the noisier.
  const ofLosses = [record, next].flatMap(
    ({ noise, obstacles }) => lossTolerance({ ...losses, noise, obstacles }) ?? [],
  );
  if (value === null || ofLosses.length === 0)
    return condition(
      'unresolved',
      value,
      null,
      'the rounding error of the losses has no bound, or a number leaves float64',
    );
  const tolerance = ofDot(record, gram) + Math.max(...ofLosses) / eta;
  if (value > tolerance) return condition('holds', value, tolerance, 'the step outran the change of the loss');
  if (value < -tolerance)
    return condition('fails', value, tolerance, 'the loss moved away faster than the step descended');
  return condition(
    'unresolved',
    value,
    tolerance,
    'the step and the change of the loss cancel to within their rounding errors',
  );
}

/** What `y·g` may be off by; a part of it that nobody bounds while the noise of the gradient was not measured counts in full. */
function ofDot(record: StepRecord, gram: Gram): number {
  const exponent = productExponent(gram);
  const unmeasured = record.noise !== null && record.noise.gradientJitter === null;
  const orthogonal = unmeasured ? nearlyOrthogonal * Math.sqrt(gram.yy * gram.gg) : 0;
  return scaleByPower(Math.max(dotTolerance(record, gram), orthogonal), exponent);
}
