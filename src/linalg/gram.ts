/**
 * The inner products of a negative gradient `y` and an update `g`: all that ψ, every spectrum, κ and every bound need.
 *
 * The numbers are those of the scaled vectors `y · 2^−yExponent` and `g · 2^−gExponent`, so that no square overflows or
 * vanishes; both exponents are 0 (or left out) for vectors of ordinary size.
 */
export interface Gram {
  /** `y·y` of the scaled `y`. */
  readonly yy: number;
  /** `g·g` of the scaled `g`. */
  readonly gg: number;
  /** `y·g` of the scaled vectors. */
  readonly yg: number;
  /**
   * `‖y − (y·g)/(g·g) g‖²` of the scaled vectors, from a pass of its own; `null` where it was not measured, and then it is
   * taken from the three products, which lose ψ below about 1e-7.
   */
  readonly rejected: number | null;
  /** Number of entries, `D`. */
  readonly dimension: number;
  /** Binary exponent taken out of `y`; 0 if left out. */
  readonly yExponent?: number;
  /** Binary exponent taken out of `g`; 0 if left out. */
  readonly gExponent?: number;
}
