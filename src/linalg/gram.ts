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

/** An unevaluated sum `high + low` of two float64 numbers: about 32 digits. */
interface DoubleDouble {
  high: number;
  low: number;
}

const splitter = 2 ** 27 + 1;

/** Adds `a·b` to `sum` without losing its rounding error [Ogita, Rump, Oishi 2005, Dot2]. */
function accumulate(sum: DoubleDouble, a: number, b: number): void {
  const product = a * b;
  const aBig = splitter * a;
  const aHigh = aBig - (aBig - a);
  const aLow = a - aHigh;
  const bBig = splitter * b;
  const bHigh = bBig - (bBig - b);
  const bLow = b - bHigh;
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const total = sum.high + product;
  const shadow = total - sum.high;
  const sumError = sum.high - (total - shadow) + (product - shadow);
  sum.high = total;
  sum.low += productError + sumError;
}

/** The power of two that takes the largest entry into [1, 2), or 0 where the squares of all entries are of ordinary size. */
function exponentOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  const ordinary = largest === 0 || !Number.isFinite(largest) || (largest > 1e-70 && largest < 1e70);
  return ordinary ? 0 : Math.floor(Math.log2(largest));
}

/** The power of two that a product of `y` and `g` of a Gram is in units of. */
export const productExponent = ({ yExponent = 0, gExponent = 0 }: Pick<Gram, 'yExponent' | 'gExponent'>): number =>
  yExponent + gExponent;

/** `value · 2^exponent`, also where `2^exponent` alone leaves the range of float64. */
export function scaleByPower(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return value * 2 ** half * 2 ** (exponent - half);
}

/**
 * The Gram of `y` and `g`, good to about 1e-15 of each number even where `y·g` or the rejected component cancels to 1e-16 of
 * its terms: the sums are kept to 32 digits. One pass after a look for the largest entries; O(D) time, no memory.
 *
 * @throws RangeError where the lengths differ or are 0
 */
export function gram(y: ArrayLike<number>, g: ArrayLike<number>): Gram {
  if (y.length !== g.length)
    throw new RangeError(`gram: expected y and g of the same length, got ${String(y.length)} and ${String(g.length)}`);
  if (y.length === 0) throw new RangeError('gram: expected vectors of at least one entry, got empty ones');
  const yExponent = exponentOf(y);
  const gExponent = exponentOf(g);
  const [yy, gg, yg] = [0, 0, 0].map(() => ({ high: 0, low: 0 })) as [DoubleDouble, DoubleDouble, DoubleDouble];
  for (let i = 0; i < y.length; i++) {
    const a = yExponent === 0 ? (y[i] as number) : scaleByPower(y[i] as number, -yExponent);
    const b = gExponent === 0 ? (g[i] as number) : scaleByPower(g[i] as number, -gExponent);
    accumulate(yy, a, a);
    accumulate(gg, b, b);
    accumulate(yg, a, b);
  }
  const value = (sum: DoubleDouble): number => sum.high + sum.low;
  return {
    yy: value(yy),
    gg: value(gg),
    yg: value(yg),
    rejected: value(gg) > 0 ? Math.max(0, lagrange(yy, gg, yg)) / value(gg) : value(yy),
    dimension: y.length,
    ...(yExponent === 0 ? {} : { yExponent }),
    ...(gExponent === 0 ? {} : { gExponent }),
  };
}

/** `yy·gg − yg²`, which is `‖y‖²‖g‖² sin²ψ`, to 32 digits of its terms. */
function lagrange(yy: DoubleDouble, gg: DoubleDouble, yg: DoubleDouble): number {
  const norm = ({ high, low }: DoubleDouble): DoubleDouble => ({ high: high + low, low: low - (high + low - high) });
  const [a, b, c] = [norm(yy), norm(gg), norm(yg)];
  const sum: DoubleDouble = { high: 0, low: 0 };
  accumulate(sum, a.high, b.high);
  accumulate(sum, -c.high, c.high);
  return sum.high + (sum.low + a.high * b.low + a.low * b.high - 2 * c.high * c.low);
}
