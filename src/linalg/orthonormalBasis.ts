import { dot } from './dot.js';
import { norm } from './norm.js';
import { scaled } from './scaled.js';

/** What is left of a vector below this share of it is rounding. */
const rounding = 1e-12;

/**
 * An orthonormal basis of what the vectors span, by Gram and Schmidt, each twice; a vector that depends on those before adds nothing.
 * O(k² D).
 */
export function orthonormalBasis(vectors: readonly ArrayLike<number>[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = new Float64Array(vector);
    const length = norm(rest);
    for (let pass = 0; pass < 2; pass++)
      for (const direction of basis) {
        const share = dot(rest, direction);
        for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] as number) - share * (direction[i] as number);
      }
    const left = norm(rest);
    if (left > rounding * length) basis.push(scaled(rest, 1 / left));
  }
  return basis;
}
