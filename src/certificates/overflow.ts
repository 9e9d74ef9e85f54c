import type { NoiseRecord } from './stepRecord.js';

/** Losses above this are about to overflow. */
const hugeLoss = 1e30;

export const aboutToOverflow = 'the loss is above 1e30: float32 is about to overflow';

/** Is one of these losses so large that float32 has no room left? Float64, whose noise is `null`, has. */
export const isAboutToOverflow = (noise: NoiseRecord | null, ...losses: readonly (number | null)[]): boolean =>
  noise !== null && losses.some((loss) => Math.abs(loss ?? 0) > hugeLoss);
