import type { Condition } from './certificate.js';
import { gradientNoise } from './alignment.js';
import { condition, finite } from './condition.js';
import { aboutToOverflow, isAboutToOverflow } from './overflow.js';
import type { NoiseRecord, StepRecord } from './stepRecord.js';

/** Machine epsilon of float32, 2⁻²³. */
const epsilon = 2 ** -23;
/** A fall from above the root of the largest number is not believed: what overflows is 0 behind a relu that clips NaN, of some backends. */
const hugeFall = 2 ** 64;
/** Nor one by a step of this length: products of weights that large overflow, and a normalization makes 0 of them. */
const hugeStep = 2 ** 30;
/** Where the change of the loss is this many `τ₀` wide, the noise of the loss need not be known. */
const clearlyAbove = 32;

/** Did the loss fall: `L(θ) − L(θ') > 0`, with the tolerance of THEORY, section 6. O(1). */
export function effectiveCondition(record: StepRecord): Condition {
  const { lossBefore, lossAfter } = record;
  if (!record.asked.effective) return condition('skipped', null, null, 'not asked for at this step');
  const obstacle = record.obstacles.find((o) => o.condition === 'effective');
  if (obstacle) return condition('unresolved', null, null, obstacle.reason);
  if (lossBefore === null || lossAfter === null)
    return condition('unresolved', null, null, 'the loss was not measured on both sides of the step');
  if (!Number.isFinite(lossBefore) || !Number.isFinite(lossAfter))
    return condition('unresolved', null, null, 'non-finite: the loss is NaN or Infinity');
  if (isAboutToOverflow(record.noise, lossBefore, lossAfter))
    return condition('unresolved', finite(lossBefore - lossAfter), null, aboutToOverflow);
  const decrease = lossBefore - lossAfter;
  if (!Number.isFinite(decrease))
    return condition('unresolved', null, null, 'the change of the loss leaves the range of float64');
  if (decrease > 0 && record.noise !== null && (lossBefore > hugeFall || lengthOf(record) > hugeStep)) {
    const huge = lossBefore > hugeFall ? 'the loss was above 1.8e19' : 'the step was longer than 1e9';
    const reason = `${huge}: the loss may have fallen, or what it is made of overflowed and was clipped`;
    return condition('unresolved', decrease, null, reason);
  }
  if (record.noise === null) {
    return claim(
      decrease,
      2 ** -52 * Math.abs(lossBefore) + 2 ** -52 * Math.abs(lossAfter),
      'within the rounding error of the losses',
    );
  }
  if (record.gram?.gg === 0) return condition('unresolved', decrease, null, 'the update is zero: nothing was changed');
  const direct = fromLosses(record, decrease, lossBefore, lossAfter, record.noise);
  return direct.state === 'unresolved' ? (fromTrapezoid(record, decrease, direct) ?? direct) : direct;
}

/** `‖Δθ‖`. */
const lengthOf = ({ gram, learningRate }: StepRecord): number =>
  gram === null ? 0 : (learningRate ?? 1) * Math.sqrt(gram.gg) * 2 ** (gram.gExponent ?? 0);

/** `τ₀`, the part of the tolerance that is free, and how the rounding grows if the loss does. */
export function freeTolerance(
  lossBefore: number,
  lossAfter: number,
  noise: NoiseRecord,
): { tau: number; growth: number } {
  const before = Math.abs(lossBefore);
  const after = Math.abs(lossAfter);
  const growth = after > before ? Math.sqrt(after / before) : 1;
  const largest = Math.max(before, after, noise.logarithmic === false ? 0 : 1);
  return {
    tau: 4 * epsilon * (noise.coarseness ?? 1) * (growth * (noise.absYTheta ?? Number.POSITIVE_INFINITY) + largest),
    growth,
  };
}

/** The whole tolerance of a loss that does not move in steps, as far as its noise was measured. */
function smoothTolerance(lossBefore: number, lossAfter: number, noise: NoiseRecord): number {
  const { tau, growth } = freeTolerance(lossBefore, lossAfter, noise);
  return tau + 8 * (noise.lossNoise ?? 0) * growth;
}

/** What `L(θ) − L(θ')` may be off by, also where the noise of the loss was not measured; `null`: no bound is known. */
export function lossTolerance({
  lossBefore,
  lossAfter,
  noise,
  obstacles,
}: Pick<StepRecord, 'lossBefore' | 'lossAfter' | 'noise' | 'obstacles'>): number | null {
  if (lossBefore === null || lossAfter === null) return null;
  if (obstacles.some((each) => each.condition === 'effective')) return null;
  if (isAboutToOverflow(noise, lossBefore, lossAfter)) return null;
  if (noise === null) return finite(2 ** -52 * Math.abs(lossBefore) + 2 ** -52 * Math.abs(lossAfter));
  const smooth =
    noise.lossNoise === null
      ? clearlyAbove * freeTolerance(lossBefore, lossAfter, noise).tau
      : smoothTolerance(lossBefore, lossAfter, noise);
  return finite(smooth + stairError(0, [lossBefore, lossAfter], noise));
}

/** Below this a logarithm of `1 − p` may be one of what was clipped at 1e-7. */
const clipping = 2 ** -22;

/**
 * What a decrease is off by of a loss that takes a logarithm of `v = 1 − p`, of a rounded p. For a small v such a loss is a staircase, up to a
 * thousand times coarser than its last place: on a step of the stair it does not move at all, and no jitter shows it. An example whose loss is
 * `−log v` errs by at most `2⁻²⁵/v`, a share of its own `2⁻²⁵/(v |log v|)`: both losses together by less than an eighth of the larger one
 * at the last step of the stair, `v = 2⁻²⁴`, and less than 1e-4 of it from `v = 1e-3` on. (Where p is on the right side by 2⁻²⁴ an example.)
 *
 * A loss that divides by v has a sixteenth of it for its staircase: it errs by `2⁻²⁵/v` of itself.
 *
 * The gradients are as good as ever, but next to where p is clipped. Where a decrease is what they say, it is right.
 *
 * @param byGradient the decrease that the gradient at θ says; has to be right to an eighth, as a stair may look like what curvature does
 * @param byMean the decrease that gradients along the step say, of which curvature takes nothing away; to a quarter
 */
export function stairError(
  decrease: number,
  losses: readonly number[],
  noise: Pick<NoiseRecord, 'staircase' | 'clipped'>,
  { byGradient, byMean }: { readonly byGradient?: number | undefined; readonly byMean?: number | undefined } = {},
): number {
  const { staircase } = noise;
  if (staircase === undefined) return 0;
  // At 0 it is not known. Below the last place of p it is that of a quotient by v, which errs by up to half of itself.
  const v = staircase === 0 ? 2 ** -24 : staircase;
  const share = Math.min(v < 2 ** -24 ? 4 : 1, 2 ** -20 / (v * Math.max(1, -Math.log(v))));
  const stairs = share * Math.max(2 ** -13, Math.max(...losses.map(Math.abs)) / 8);
  if (noise.clipped) return stairs;
  return Math.min(
    stairs,
    byGradient === undefined ? stairs : 8 * Math.abs(decrease - byGradient),
    byMean === undefined ? stairs : 4 * Math.abs(decrease - byMean),
  );
}

function decreaseByGradients({ gram, after, learningRate }: StepRecord): { byGradient?: number; byMean?: number } {
  if (gram === null) return {};
  const eta = learningRate ?? 1;
  const byGradient = eta * gram.yg;
  return after === null ? { byGradient } : { byGradient, byMean: (byGradient + eta * after.yg) / 2 };
}

/** Is the change of the loss so near its free tolerance that the noise of the loss has to be measured? */
export function needsLossNoise(record: StepRecord): boolean {
  const { lossBefore, lossAfter, noise } = record;
  if (lossBefore === null || lossAfter === null || noise === null) return false;
  return Math.abs(lossBefore - lossAfter) < clearlyAbove * freeTolerance(lossBefore, lossAfter, noise).tau;
}

function fromLosses(
  record: StepRecord,
  decrease: number,
  lossBefore: number,
  lossAfter: number,
  noise: NoiseRecord,
): Condition {
  const { tau } = freeTolerance(lossBefore, lossAfter, noise);
  if (!Number.isFinite(tau))
    return condition('unresolved', decrease, null, 'the rounding error of the losses has no bound');
  if (noise.lossNoise === null && Math.abs(decrease) < clearlyAbove * tau) {
    return condition(
      'unresolved',
      decrease,
      tau,
      'the change of the loss is small and the noise of the loss was not measured',
    );
  }
  const smooth = smoothTolerance(lossBefore, lossAfter, noise);
  const coarse = stairError(decrease, [lossBefore, lossAfter], noise, decreaseByGradients(record));
  if (coarse <= smooth) return claim(decrease, smooth + coarse, 'within the rounding error of the losses');
  return claim(
    decrease,
    smooth + coarse,
    'not what its gradients say: a loss of log(1 − p), as binaryCrossentropy is, or of 1/(1 − p) moves in steps where p is near 1',
  );
}

/** The decrease as the mean of both gradients along the step, where the losses are too coarse (THEORY, section 6). */
function fromTrapezoid(record: StepRecord, decrease: number, direct: Condition): Condition | null {
  const { after, gram, noise, lossBefore, lossAfter } = record;
  if (after === null || gram === null || noise === null || noise.gradientJitter === null) return null;
  // What is clipped at both ends need not be in between: the gradients there are nowhere on the way.
  if (noise.staircase !== undefined && noise.staircase < clipping) return null;
  const eta = record.learningRate ?? 1;
  const length = eta * Math.sqrt(gram.gg);
  const start = eta * gram.yg;
  const end = eta * after.yg;
  const trapezoid = (start + end) / 2;
  const error = Math.max(
    gradientNoise(noise, Math.sqrt(gram.yy), lossBefore),
    gradientNoise(noise, after.yNorm, lossAfter),
  );
  // What float64 losses could not show is not claimed of float32 ones.
  const floor = 2 ** -50 * Math.max(Math.abs(lossBefore ?? 0), Math.abs(lossAfter ?? 0));
  const tolerance = length * error + Math.abs(start - end) + 2 * eta * (noise.dotError ?? 0) + floor;
  // Stairs that the noise of the loss does not show are none that hide a bend.
  const smooth = noise.lossNoise === null ? direct.tolerance : smoothTolerance(lossBefore ?? 0, lossAfter ?? 0, noise);
  const agrees = smooth !== null && Math.abs(trapezoid - decrease) <= tolerance + smooth;
  if (!agrees || !(Math.abs(trapezoid) > tolerance)) return null;
  return trapezoid > 0
    ? condition('holds', trapezoid, tolerance, 'the loss fell, by the gradients at both ends of the step')
    : condition('fails', trapezoid, tolerance, 'the loss rose, by the gradients at both ends of the step');
}

function claim(decrease: number, tolerance: number, within: string): Condition {
  if (decrease > tolerance) return condition('holds', decrease, tolerance, 'the loss fell');
  if (decrease < -tolerance)
    return condition('fails', decrease, tolerance, `the loss rose by ${(-decrease).toPrecision(3)}`);
  return condition('unresolved', decrease, tolerance, `the change of the loss is ${within}`);
}
