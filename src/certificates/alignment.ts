import { type Gram, productExponent, scaleByPower } from '../linalg/gram.js';
import type { Condition } from './certificate.js';
import { condition, finite } from './condition.js';
import { aboutToOverflow, isAboutToOverflow } from './overflow.js';
import type { NoiseRecord, StepRecord } from './stepRecord.js';

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
/** Roundings of `y·g` in float64 that a claim about exact input has to clear, in units of `‖y‖‖g‖`. */
const exactTolerance = 2 ** -51;
/** Below this `|cos ψ|` the noise of the gradient has to have been measured before anything is claimed. */
export const nearlyOrthogonal = 1e-3;

export const gaveNothing = 'neither y nor g could be measured';

/** Is there a metric at all: `y·g > 0` [SSK24, eq. (6)], with the tolerance of THEORY, section 6. O(1). */
export function alignmentCondition(record: StepRecord): Condition {
  const obstacle = alignmentObstacle(record);
  if (!record.asked.alignment) return condition('skipped', null, null, 'not asked for at this step');
  if (obstacle !== null) return condition('unresolved', null, null, obstacle);
  const { gram } = record;
  if (gram === null) return condition('unresolved', null, null, gaveNothing);
  const named = degenerate(gram);
  if (named !== null) return condition('unresolved', null, null, named);

  const exponent = productExponent(gram);
  const gNorm = Math.sqrt(gram.gg);
  const yNorm = Math.sqrt(gram.yy);
  const cosine = gram.yg / (yNorm * gNorm);
  if (record.noise === null) {
    return decide(gram.yg, dotTolerance(record, gram), exponent);
  }
  if (record.noise.gradientJitter === null && Math.abs(cosine) < nearlyOrthogonal) {
    const reason = 'y and g are nearly orthogonal (|cos ψ| < 1e-3) and the noise of the gradient was not measured yet';
    return condition('unresolved', finite(scaleByPower(gram.yg, exponent)), null, reason);
  }
  return decide(gram.yg, dotTolerance(record, gram), exponent);
}

/** Why nothing is to be claimed of `y·g`, whatever it is; `null`: no reason is known. */
export function alignmentObstacle({ obstacles, noise, lossBefore }: StepRecord): string | null {
  const obstacle = obstacles.find(({ condition }) => condition === 'alignment');
  if (obstacle) return obstacle.reason;
  return isAboutToOverflow(noise, lossBefore) ? aboutToOverflow : null;
}

/** What `y·g` of a step may be off by, in the units of its Gram: the noise of the gradient, and what the sum itself loses. */
export function dotTolerance(
  { noise, lossBefore }: Pick<StepRecord, 'noise' | 'lossBefore'>,
  { yy, gg }: Gram,
): number {
  const [yNorm, gNorm] = [Math.sqrt(yy), Math.sqrt(gg)];
  return noise === null
    ? exactTolerance * yNorm * gNorm
    : gNorm * gradientNoise(noise, yNorm, lossBefore) + (noise.dotError ?? 0);
}

/**
 * What a float32 `y` may be off by, as a norm: `4 (J + ε max(Y_max, ℓ‖y‖))`, and `64 ε max(Y_max, ℓ‖y‖)` before `J` is known;
 * `ℓ = max(1, 1/L)` for a loss that takes a logarithm (THEORY, section 6). No bound where an example may be clipped or not, nor where the loss
 * is no more than its noise.
 */
export function gradientNoise(noise: NoiseRecord, yNorm: number, loss: number | null): number {
  if (noise.clipped || isRounding(loss, noise)) return Number.POSITIVE_INFINITY;
  const size = epsilon * (noise.coarseness ?? 1) * Math.max(noise.yNormMax, logarithmFactor(noise, loss) * yNorm);
  return noise.gradientJitter === null ? 64 * size : 4 * (noise.gradientJitter + size);
}

/** A loss is only rounding within so many of its noises of 0. */
const onlyRounding = 16;

/**
 * Where a loss is no more than its rounding, its gradient may be that of the rounding: the sign of an absolute value, say. Not where the loss
 * moves in steps: its gradients are better than it is.
 */
const isRounding = (loss: number | null, { lossNoise, staircase }: NoiseRecord): boolean =>
  loss !== null && lossNoise !== null && staircase === undefined && Math.abs(loss) < onlyRounding * lossNoise;

const logarithmFactor = (noise: NoiseRecord, loss: number | null): number =>
  noise.logarithmic === false ? 1 : Math.max(1, 1 / Math.abs(loss ?? 0));

function degenerate(gram: Gram): string | null {
  if (![gram.yy, gram.gg, gram.yg].every(Number.isFinite))
    return 'non-finite: the gradient or the update holds NaN or Infinity';
  if (gram.yy === 0) return 'the gradient is zero: every direction is orthogonal to it';
  if (gram.gg === 0) return 'the update is zero: nothing was changed, so there is no direction to certify';
  return null;
}

function decide(yg: number, tolerance: number, exponent: number): Condition {
  const value = yg === 0 ? 0 : representable(scaleByPower(yg, exponent));
  const shown = finite(scaleByPower(tolerance, exponent));
  if (!Number.isFinite(tolerance))
    return condition(
      'unresolved',
      value,
      null,
      'the noise of the gradient has no bound: the loss is zero, unknown or no more than its own noise, or an output is where binaryCrossentropy clips it',
    );
  if (yg > tolerance)
    return condition('holds', value, shown, 'the update descends: y·g > 0, so a metric exists in which it is steepest');
  if (yg < -tolerance)
    return condition('fails', value, shown, 'the update climbs: y·g < 0, so it is steepest descent in no metric');
  return condition('unresolved', value, shown, 'y·g is within the rounding error of the gradient');
}

/** A product of two float64 numbers, or `null` where it leaves their range. */
const representable = (value: number): number | null => (value === 0 || !Number.isFinite(value) ? null : value);
