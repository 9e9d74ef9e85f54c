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
    ? { kind: 'split', version: 1, step: record.step, ...split }
    : null;
}
