import type { NoiseRecord } from '../../src/certificates/stepRecord.js';

/** The noise of a float32 step of about size 1, all of it measured. */
export const float32Noise: NoiseRecord = {
  yNormMax: 1,
  gradientJitter: 1e-8,
  logarithmic: false,
  absYTheta: 1,
  lossNoise: 1e-7,
  roundingNorm: 0,
};
