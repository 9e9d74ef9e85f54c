import { dot } from '../src/linalg/dot.js';

/** Inner products of `y = −gradient` and `Δ = after − before` of one variable, in float64. */
export interface DisplacementGram {
  readonly yy: number;
  readonly dd: number;
  readonly yd: number;
  /** `‖y − (y·Δ)/(Δ·Δ) Δ‖²`. */
  readonly rejected: number;
  /** A bound on what `yd` is off by, where it was not summed in float64. */
  readonly dotError?: number;
  /** Was an entry seen on the way that no diagonal metric explains, as `hasConflict` looks for? */
  readonly conflict?: true;
}

/** Above this squared sine the rejected component is safe from cancellation whatever `rho` was. */
const nearlyParallel = 2e-6;

/**
 * Measures one variable in a single pass over three arrays of the same length. `Δ` is exact, since float32 numbers are.
 *
 * The sums are taken of `e = y − ρΔ` in place of `y`: with `ρ` near `(y·Δ)/(Δ·Δ)` (that of the step before will do) the part
 * of `y` across `Δ` comes out without cancellation, however small the angle. A bad `ρ` is noticed and costs a second pass.
 */
export function displacementGram(
  gradient: ArrayLike<number>,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  rho: number,
): DisplacementGram {
  // Two of each, so that one addition need not wait for the one before: a third faster.
  let [ee, dd, ed, ee2, dd2, ed2] = [0, 0, 0, 0, 0, 0];
  const size = gradient.length;
  for (let i = 0; i + 1 < size; i += 2) {
    const d = (after[i] as number) - (before[i] as number);
    const e = -(gradient[i] as number) - rho * d;
    ee += e * e;
    dd += d * d;
    ed += e * d;
    const d2 = (after[i + 1] as number) - (before[i + 1] as number);
    const e2 = -(gradient[i + 1] as number) - rho * d2;
    ee2 += e2 * e2;
    dd2 += d2 * d2;
    ed2 += e2 * d2;
  }
  if (size % 2 === 1) {
    const d = (after[size - 1] as number) - (before[size - 1] as number);
    const e = -(gradient[size - 1] as number) - rho * d;
    ee += e * e;
    dd += d * d;
    ed += e * d;
  }
  ee += ee2;
  dd += dd2;
  ed += ed2;
  const yd = ed + rho * dd;
  const yy = ee + rho * (2 * ed + rho * dd);
  const rejected = dd > 0 ? Math.max(0, ee - (ed / dd) * ed) : ee;
  const cancelled = rho !== 0 && !(rho * rho * dd <= 1e4 * yy);
  if (cancelled) return displacementGram(gradient, before, after, 0);
  const parallel = dd > 0 && rejected < nearlyParallel * yy;
  const better = yd / dd;
  if (parallel && Math.abs(ed) > 1e-3 * Math.abs(yd) && better !== rho) {
    return displacementGram(gradient, before, after, better);
  }
  return { yy, dd, yd, rejected };
}

/**
 * Does a diagonal metric fail here: is there an entry with `yᵢΔᵢ ≤ 0` though `yᵢ` or `Δᵢ` is not zero? Stops at the first.
 */
export function hasConflict(gradient: ArrayLike<number>, before: ArrayLike<number>, after: ArrayLike<number>): boolean {
  for (let i = 0; i < gradient.length; i++) {
    const y = -(gradient[i] as number);
    const d = (after[i] as number) - (before[i] as number);
    if (!(y * d > 0) && (y !== 0 || d !== 0)) return true;
  }
  return false;
}

/** `‖v‖²` in float64. */
export const squaredNorm = (values: ArrayLike<number>): number => dot(values, values);

/** `Σ|uᵢvᵢ|` in float64. */
export function absoluteDot(u: ArrayLike<number>, v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += Math.abs((u[i] as number) * (v[i] as number));
  return sum;
}

/** `−gradient·(after − before)` in float64. */
export function descentDot(gradient: ArrayLike<number>, before: ArrayLike<number>, after: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++)
    sum -= (gradient[i] as number) * ((after[i] as number) - (before[i] as number));
  return sum;
}
