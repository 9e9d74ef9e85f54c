import type { Gram } from '../linalg/gram.js';
import { angle } from './angle.js';

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
  const { cosine: c, sine: s, ratio: a } = between;
  const chosen = alpha ?? a / c;
  const { dimension } = gram;
  const common = { alpha: chosen, eigenvalueMinSupremum: a * c, eigenvalueMaxInfimum: a / c };
  // A metric of one dimension is the number a.
  if (dimension === 1)
    return { ...common, eigenvalueMin: a, eigenvalueMax: a, conditionNumber: 1, logDet: Math.log(a) };
  const logDet = (dimension - 1) * Math.log(chosen) + Math.log(a * c);
  if (alpha === undefined) {
    const wide = 1 + s;
    return {
      ...common,
      eigenvalueMin: (a * c) / wide,
      eigenvalueMax: (a / c) * wide,
      conditionNumber: (wide / c) ** 2,
      logDet,
    };
  }
  const beta = (chosen * c) / a;
  const root = Math.hypot(1 - beta, 2 * Math.sqrt(beta) * s);
  const sum = 1 + beta + root;
  const eigenvalueMax = (a / (2 * c)) * sum;
  const eigenvalueMin = (2 * chosen * c * c) / sum;
  return { ...common, eigenvalueMin, eigenvalueMax, conditionNumber: eigenvalueMax / eigenvalueMin, logDet };
}
