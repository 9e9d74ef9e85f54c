import { dot } from '../linalg/dot.js';
import { gram as gramOf, type Gram } from '../linalg/gram.js';
import { alphaOptimal, spectrum, type Spectrum } from './spectrum.js';

/** A symmetric positive definite `M` with `M g = y`, as an operator: O(D) a product, no matrix. */
export interface Metric {
  readonly gram: Gram;
  readonly spectrum: Spectrum;
  /** `M v`. */
  apply(v: ArrayLike<number>): Float64Array;
  /** `M⁻¹ v`. */
  solve(v: ArrayLike<number>): Float64Array;
  /** The matrix, row by row: D² numbers, for tests and for looking at. */
  dense(): Float64Array[];
}

/** `v + factor · u`. */
const plus = (v: ArrayLike<number>, factor: number, u: ArrayLike<number>): Float64Array =>
  Float64Array.from(v, (vi, i) => vi + factor * (u[i] as number));

/** `vector / 2^exponent`. */
const scaled = (vector: ArrayLike<number>, exponent: number): Float64Array => {
  const half = Math.trunc(exponent / 2);
  return Float64Array.from(vector, (value) => value * 2 ** -half * 2 ** (half - exponent));
};

/**
 * The metric `M_α` of the family [SSK24, eq. (8)] in which `g` is steepest descent along `y`; `null` where none exists
 * (`y·g ≤ 0`) or its numbers leave float64.
 *
 * @param y negative gradient, `g` update; same length D.
 * @param alpha α > 0. @default the best-conditioned one, [SSK24, eq. (9)]
 * @throws RangeError where the lengths differ, are 0, or α is not > 0
 */
export function metric(y: ArrayLike<number>, g: ArrayLike<number>, alpha?: number): Metric | null {
  if (alpha !== undefined && !(alpha > 0))
    throw new RangeError(`metric: expected alpha to be > 0, got ${String(alpha)}`);
  const gram = gramOf(y, g);
  const eigenvalues = spectrum(gram, alpha);
  const chosen = alpha ?? alphaOptimal(gram);
  if (eigenvalues === null || chosen === null) return null;
  const unitY = scaled(y, gram.yExponent ?? 0);
  const unitG = scaled(g, gram.gExponent ?? 0);
  // Taken out of y yᵀ/(y·g): the scales of y and g.
  const outer = 2 ** ((gram.yExponent ?? 0) - (gram.gExponent ?? 0)) / gram.yg;
  const check = (who: string, v: ArrayLike<number>): void => {
    if (v.length !== y.length)
      throw new RangeError(`${who}: expected a vector of length ${String(y.length)}, got ${String(v.length)}`);
  };
  const apply = (v: ArrayLike<number>): Float64Array => {
    check('metric.apply', v);
    const across = plus(v, -dot(unitG, v) / gram.gg, unitG);
    const along = outer * dot(unitY, v);
    return across.map((value, i) => chosen * value + along * (unitY[i] as number));
  };
  const solve = (v: ArrayLike<number>): Float64Array => {
    check('metric.solve', v);
    // Q = I − y gᵀ/(y·g), M⁻¹ = g gᵀ/(y·g) + QᵀQ/α.
    const q = plus(v, -dot(unitG, v) / gram.yg, unitY);
    const qtq = plus(q, -dot(unitY, q) / gram.yg, unitG);
    const along = dot(unitG, v) / gram.yg / (outer * gram.yg);
    return qtq.map((value, i) => value / chosen + along * (unitG[i] as number));
  };
  const dense = (): Float64Array[] =>
    Array.from({ length: y.length }, (_, i) =>
      apply(Float64Array.from({ length: y.length }, (__, j) => (i === j ? 1 : 0))),
    );
  return { gram, spectrum: eigenvalues, apply, solve, dense };
}
