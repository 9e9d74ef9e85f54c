import { type Gram, productExponent, scaleByPower } from '../../linalg/gram.js';
import { dot } from '../../linalg/dot.js';

/**
 * The Gram of `ȳ` and `g` for the `projected` discrete gradient `ȳ = y − x g` with the excess `x = (ΔL + η y·g)/(η g·g)`, which
 * makes `ȳ·Δθ = L(θ) − L(θ')` an identity. What of `y` lies across `g` stays, so nothing but the four numbers is needed. O(1).
 *
 * @param change `L(θ') − L(θ)`.
 * @param eta η of `Δθ = η g`.
 */
export function projectedGram(gram: Gram, change: number, eta: number): Gram {
  const exponents = productExponent(gram);
  const yg = scaleByPower(-change / eta, -exponents);
  const across = gram.rejected ?? Math.max(0, gram.yy - (gram.yg / gram.gg) * gram.yg);
  return { ...gram, yg, yy: across + (yg / gram.gg) * yg, rejected: across };
}

/** The `x` of `ȳ = from − x g`, of `from·g` and `g·g`; 0 for an update that is zero. O(1). */
export const excessOf = (change: number, eta: number, product: number, square: number): number =>
  square === 0 ? 0 : (change / eta + product) / square;

/**
 * The `projected` discrete gradient as a vector: `ȳ = from − x g` such that `ȳ·ηg = −change`. With another vector for `from`
 * (the gradient at the midpoint, its mean along the step) it is `midpoint` or `mean-value` [Gonzalez 1996]. An update
 * that is zero leaves `from`. O(D).
 */
export function projected(from: ArrayLike<number>, g: ArrayLike<number>, change: number, eta: number): Float64Array {
  const excess = excessOf(change, eta, dot(from, g), dot(g, g));
  const discrete = new Float64Array(g.length);
  for (let i = 0; i < discrete.length; i++) discrete[i] = (from[i] as number) - excess * (g[i] as number);
  return discrete;
}
