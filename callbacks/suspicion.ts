import { alignmentCondition } from '../src/certificates/alignment.js';
import type { StepRecord } from '../src/certificates/stepRecord.js';
import type { Track } from './track.js';

/** Is there reason to look closer: the alignment does not hold, or the angle is above a limit (radians)? */
export function isSuspicious(draft: StepRecord, psiLimit: number): boolean {
  if (!draft.asked.alignment) return false;
  if (alignmentCondition(draft).state !== 'holds' || draft.gram === null) return true;
  return draft.gram.yg < Math.cos(psiLimit) * Math.sqrt(draft.gram.yy * draft.gram.gg);
}

/** Is this loss far above those before? Keeps the running mean and variance. */
export function lossSpike(track: Track, loss: number | null): boolean {
  if (loss === null || !Number.isFinite(loss)) return loss !== null;
  const rate = 0.05;
  if (Number.isNaN(track.lossMean)) {
    track.lossMean = loss;
    return false;
  }
  const deviation = loss - track.lossMean;
  const spike =
    track.steps > 20 && deviation > 4 * Math.sqrt(track.lossVariance) && deviation > 0.1 * Math.abs(track.lossMean);
  track.lossMean += rate * deviation;
  track.lossVariance = (1 - rate) * (track.lossVariance + rate * deviation * deviation);
  return spike;
}
