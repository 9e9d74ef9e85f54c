import { alignmentCondition } from '../src/certificates/alignment.js';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import type { Track } from './track.js';

/** Is there reason to look closer: the alignment does not hold, or the angle is above a limit (radians)? */
export function isSuspicious(draft: StepRecord, psiLimit: number): boolean {
  if (!draft.asked.alignment) return false;
  if (alignmentCondition(draft).state !== 'holds' || draft.gram === null) return true;
  return draft.gram.yg < Math.cos(psiLimit) * Math.sqrt(draft.gram.yy * draft.gram.gg);
}

/** Steps before a loss may be called a spike. */
const soonest = 20;

/** Is this loss far above those of the steps before, `index` of them? */
export function isSpike({ lossMean, lossVariance }: Track, index: number, loss: number | null): boolean {
  if (loss === null || !Number.isFinite(loss)) return loss !== null;
  const deviation = loss - lossMean;
  return index >= soonest && deviation > 4 * Math.sqrt(lossVariance) && deviation > 0.1 * Math.abs(lossMean);
}

/** Goes on with the running mean and variance of the loss. */
export function followLoss(track: Track, loss: number | null): void {
  if (loss === null || !Number.isFinite(loss)) return;
  if (Number.isNaN(track.lossMean)) {
    track.lossMean = loss;
    return;
  }
  const rate = 0.05;
  const deviation = loss - track.lossMean;
  track.lossMean += rate * deviation;
  track.lossVariance = (1 - rate) * (track.lossVariance + rate * deviation * deviation);
}
