import type { Gram } from '../linalg/gram.js';
import { type Angle, angle } from './angle.js';

/** The eigenvalues of a metric of the family, [SSK24, eq. (8)]. */
export interface Spectrum {
  /** α; eigenvalue of multiplicity `D − 2`. */
  readonly alpha: number;
  readonly eigenvalueMin: number;
  readonly eigenvalueMax: number;
  /** κ, largest over smallest eigenvalue. */
  readonly conditionNumber: number;
  /** Natural logarithm of the determinant. */
  readonly logDet: number;
  /** `a cos ψ`, above the smallest eigenvalue of every metric with `M g = y`. */
  readonly eigenvalueMinSupremum: number;
  /** `a / cos ψ`, below the largest eigenvalue of every such metric. */
  readonly eigenvalueMaxInfimum: number;
}

/** `α_opt = (y·y)/(y·g)`, the best-conditioned choice, [SSK24, eq. (9)]; `null` unless `y·g > 0`. O(1). */
export function alphaOptimal(gram: Gram): number | null {
  const between = angle(gram);
  return between !== null && between.cosine > 0 ? between.ratio / between.cosine : null;
}

/**
 * The spectrum of `M_α = y yᵀ/(y·g) + α (I − g gᵀ/(g·g))` from four numbers; `null` unless `y·g > 0`. No form here cancels,
 * neither as ψ → 0 nor as ψ → 90°. O(1).
 *
 * @param alpha α > 0; left out: the optimum, [SSK24, eq. (9)], `κ = (1 + sin ψ)/(1 − sin ψ)`.
 */
export function spectrum(gram: Gram, alpha?: number): Spectrum | null {
  const between = angle(gram);
  if (between === null || between.cosine <= 0) return null;
  const { cosine: c, ratio: a } = between;
  const { dimension } = gram;
  const chosen = alpha ?? a / c;
  const [eigenvalueMin, eigenvalueMax, conditionNumber] = extremes(between, dimension, alpha);
  return {
    alpha: chosen,
    eigenvalueMinSupremum: a * c,
    eigenvalueMaxInfimum: a / c,
    eigenvalueMin,
    eigenvalueMax,
    conditionNumber,
    logDet: dimension === 1 ? Math.log(a) : (dimension - 1) * Math.log(chosen) + Math.log(a * c),
  };
}

/** The smallest and the largest eigenvalue, and κ. */
function extremes(
  { cosine: c, sine: s, ratio: a }: Angle,
  dimension: number,
  alpha: number | undefined,
): [min: number, max: number, conditionNumber: number] {
  // A metric of one dimension is the number a.
  if (dimension === 1) return [a, a, 1];
  if (alpha === undefined) {
    const wide = 1 + s;
    return [(a * c) / wide, (a / c) * wide, (wide / c) ** 2];
  }
  const beta = (alpha * c) / a;
  const root = Math.hypot(1 - beta, 2 * Math.sqrt(beta) * s);
  const sum = 1 + beta + root;
  const max = (a / (2 * c)) * sum;
  const min = (2 * alpha * c * c) / sum;
  return [min, max, max / min];
}
