import type { Gram } from '../linalg/gram.js';
import { angle } from './angle.js';

/** The rungs, simplest first. */
export type Rung = 'scalar' | 'per-variable-scalar' | 'diagonal' | 'block-diagonal' | 'dense' | 'none';

/** One variable's part: its Gram, and whether an entry has `yᵢgᵢ ≤ 0` though either is not zero. */
export interface Part extends Gram {
  readonly conflicts: number;
}

const isZero = (part: Gram): boolean => part.yy === 0 && part.gg === 0;

const isScalar = (part: Gram, floor: number): boolean => {
  const between = angle(part);
  return between !== null && between.psi <= floor;
};

/**
 * The simplest metric that explains a step: `scalar` (ψ = 0), `per-variable-scalar`, `diagonal`, `block-diagonal`, `dense`, or
 * `none` (THEORY, section 5). O(number of variables).
 *
 * @param floor an angle below which ψ counts as 0, in radians: what the rounding of θ hides.
 */
export function structure(parts: readonly Part[], whole: Gram, floor: number): Rung {
  if (!(whole.yg > 0)) return 'none';
  const smallest = Math.max(floor, 1e-12);
  if (isScalar(whole, smallest)) return 'scalar';
  if (parts.length === 0) return 'dense';
  // A variable's own floor: rounding weighs more where its update is short.
  const own = (part: Gram): number => smallest * Math.max(1, Math.sqrt(whole.gg / (part.gg || whole.gg)));
  if (parts.every((part) => isZero(part) || isScalar(part, own(part)))) return 'per-variable-scalar';
  if (parts.every((part) => part.conflicts === 0)) return 'diagonal';
  if (parts.every((part) => isZero(part) || part.yg > 0)) return 'block-diagonal';
  return 'dense';
}
