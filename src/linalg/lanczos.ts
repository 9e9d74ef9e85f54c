import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { dot } from './dot.js';
import { norm } from './norm.js';
import { randomUnitVector } from './randomUnitVector.js';
import { ritzLowerBound } from './ritzLowerBound.js';

/** What the operator answers to a vector of length 1. */
export interface OperatorAnswer {
  /** `H v`; `null` where it could not be had. */
  readonly product: Float64Array | null;
  /** A bound on `‖product − Hv‖`; `null` without a product. */
  readonly error: number | null;
  /** Why there is no product, or how it was made. */
  readonly reason: string;
}

export interface LanczosOptions {
  /** Products that may be spent, at least 1; at most as many vectors of length D are kept. */
  readonly products: number;
  /** The lower bound fails with at most this probability. */
  readonly delta: number;
  /** Seed of the start vector, uniform on the sphere. */
  readonly seed: number;
  /** A start vector of one's own (a warm start), of any length but 0: the lower bound's assumption is gone then, and it is `null`. */
  readonly start?: Float64Array;
  /**
   * `'basis'` keeps every vector and re-orthogonalizes fully. `'two-pass'` keeps three: only neighbours are orthogonal then, and
   * a Ritz vector costs the products a second time. @default 'basis'
   */
  readonly keep?: 'basis' | 'two-pass';
  /** Is the Ritz vector wanted, for a warm start? @default false */
  readonly vector?: boolean;
  /** Is asked after each product: a reason to stop early, or `null`. */
  readonly until?: (estimate: LanczosEstimate) => string | null;
}

/** What a Krylov space tells of the ends of a spectrum. */
export interface LanczosEstimate {
  /** Smallest Ritz value, which lies above `λ_min`, and largest, below `λ_max`. */
  readonly smallest: number;
  readonly largest: number;
  /** Residual norm of the smallest one. */
  readonly residual: number;
  readonly products: number;
  /** Largest error of a product with a vector of length 1. */
  readonly productError: number;
  /** `λ_min` is at least this, with probability `≥ 1 − δ`; `null`: the start was given, so nothing is known of it. */
  readonly lowerBound: number | null;
}

export interface LanczosResult {
  /** `null`: not one product could be had. */
  readonly estimate: LanczosEstimate | null;
  /** The Ritz vector of `smallest`, of length 1, if it was asked for. */
  readonly vector: Float64Array | null;
  /** `λ_max` is at most this, with probability `≥ 1 − δ`; `null`: the start was given, or nothing is known. */
  readonly upperBound: number | null;
  /** Why it ended. */
  readonly reason: string;
}

/**
 * The ends of the spectrum of a symmetric operator, by Lanczos in float64. It asks for products by yielding vectors of length 1
 * (not to be changed, nor kept beyond the answer) and is handed the answers, so that whoever drives it decides when and where
 * they are made. Costs `products` products, and `O(products² D)` for full re-orthogonalization.
 *
 * What the bound assumes of the start (that it is not nearly orthogonal to the sought eigenvector) is the same for every number
 * of products, so stopping early costs no probability.
 */
export function* lanczos(
  dimension: number,
  options: LanczosOptions,
): Generator<Float64Array, LanczosResult, OperatorAnswer> {
  const { products, until } = options;
  const keep = products < dimension ? (options.keep ?? 'basis') : 'basis';
  const start = options.start ? unit(options.start) : randomUnitVector(dimension, options.seed);
  if (start === null)
    return { estimate: null, vector: null, upperBound: null, reason: 'the start vector has no direction' };
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let estimate: LanczosEstimate | null = null;
  let coordinates: number[] = [];
  let productError = 0;
  let last: { values: readonly number[]; lengths: readonly number[] } | null = null;
  let reason = `${products} products spent`;
  let next = start;
  let previous: Float64Array | null = null;
  while (diagonal.length < products) {
    const answer: OperatorAnswer = yield next;
    if (answer.product === null || answer.error === null) {
      reason = answer.reason;
      break;
    }
    const rest = answer.product.slice();
    const along = dot(next, rest);
    if (!Number.isFinite(along) || !Number.isFinite(norm(rest))) {
      reason = 'a product is not finite';
      break;
    }
    productError = Math.max(productError, answer.error);
    diagonal.push(along);
    subtract(rest, along, next);
    if (previous !== null) subtract(rest, beside.at(-1) as number, previous);
    if (keep === 'basis') {
      basis.push(next);
      orthogonalize(rest, basis);
    }
    const length = norm(rest);
    beside.push(length);
    // Below its error a remainder has no direction; a space as large as the operator's has none.
    const complete = diagonal.length === dimension;
    const exhausted = complete || length <= answer.error;
    const ends = ritz(diagonal, beside);
    coordinates = ends.coordinates;
    const remainder = complete ? 0 : length <= answer.error ? length + answer.error : length;
    const lengths = [...beside.slice(0, -1), remainder];
    last = { values: ends.values, lengths };
    estimate = {
      smallest: ends.smallest,
      largest: ends.largest,
      residual: Math.abs(remainder * (ends.coordinates.at(-1) as number)),
      products: diagonal.length,
      productError,
      lowerBound: options.start ? null : ritzLowerBound(ends.values, lengths, dimension, options.delta) - productError,
    };
    if (exhausted) {
      reason = `the Krylov space is exhausted after ${diagonal.length} products`;
      break;
    }
    const stop = until?.(estimate) ?? null;
    if (stop !== null) {
      reason = stop;
      break;
    }
    if (diagonal.length === products) break;
    scale(rest, 1 / length);
    previous = next;
    next = rest;
  }
  const upperBound =
    last === null || options.start
      ? null
      : productError -
        ritzLowerBound(
          last.values.map((value) => -value),
          last.lengths,
          dimension,
          options.delta,
        );
  if (estimate === null || !options.vector) return { estimate, vector: null, upperBound, reason };
  const vector =
    keep === 'basis' ? combined(coordinates, basis) : yield* replayed(start, coordinates, diagonal, beside);
  return { estimate, vector, upperBound, reason };
}

/** The Ritz vector by the same products once more, three vectors at a time. */
function* replayed(
  start: Float64Array,
  coordinates: readonly number[],
  diagonal: readonly number[],
  beside: readonly number[],
): Generator<Float64Array, Float64Array | null, OperatorAnswer> {
  const vector = new Float64Array(start.length);
  let next = start;
  let previous: Float64Array | null = null;
  for (let k = 0; k < coordinates.length; k++) {
    subtract(vector, -(coordinates[k] as number), next);
    if (k + 1 === coordinates.length) break;
    const answer: OperatorAnswer = yield next;
    if (answer.product === null) return null;
    const rest = answer.product.slice();
    subtract(rest, diagonal[k] as number, next);
    if (previous !== null) subtract(rest, beside[k - 1] as number, previous);
    scale(rest, 1 / (beside[k] as number));
    previous = next;
    next = rest;
  }
  return unit(vector);
}

interface Ends {
  /** All Ritz values. */
  readonly values: readonly number[];
  readonly smallest: number;
  readonly largest: number;
  /** The Ritz vector of the smallest, in the basis. */
  readonly coordinates: number[];
}

/** The ends of the tridiagonal matrix. */
function ritz(diagonal: readonly number[], beside: readonly number[]): Ends {
  const size = diagonal.length;
  const matrix = Matrix.zeros(size, size);
  diagonal.forEach((value, i) => {
    matrix.set(i, i, value);
    if (i + 1 === size) return;
    matrix.set(i, i + 1, beside[i] as number);
    matrix.set(i + 1, i, beside[i] as number);
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const smallest = Math.min(...realEigenvalues);
  const coordinates = eigenvectorMatrix.getColumn(realEigenvalues.indexOf(smallest));
  return { values: realEigenvalues, smallest, largest: Math.max(...realEigenvalues), coordinates };
}

/** `vector −= factor · other`. */
function subtract(vector: Float64Array, factor: number, other: Float64Array): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - factor * (other[i] as number);
}

function scale(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * factor;
}

const unit = (vector: Float64Array): Float64Array | null => {
  const length = norm(vector);
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : null;
};

function combined(coordinates: readonly number[], basis: readonly Float64Array[]): Float64Array | null {
  const vector = new Float64Array(basis[0]?.length ?? 0);
  coordinates.forEach((coordinate, k) => {
    subtract(vector, -coordinate, basis[k] as Float64Array);
  });
  return unit(vector);
}

/** Takes the shares of all of `basis` out of `vector`, a second time where the first took much [Daniel et al. 1976]. */
function orthogonalize(vector: Float64Array, basis: readonly Float64Array[]): void {
  const before = norm(vector);
  sweep(vector, basis);
  if (norm(vector) < 0.7 * before) sweep(vector, basis);
}

/** Four vectors at a time: what is re-orthogonalized is read and written a quarter as often. */
function sweep(vector: Float64Array, basis: readonly Float64Array[]): void {
  let k = 0;
  for (; k + 4 <= basis.length; k += 4) {
    const [p, q, r, s] = basis.slice(k, k + 4) as [Float64Array, Float64Array, Float64Array, Float64Array];
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < vector.length; i++) {
      const value = vector[i] as number;
      a += value * (p[i] as number);
      b += value * (q[i] as number);
      c += value * (r[i] as number);
      d += value * (s[i] as number);
    }
    for (let i = 0; i < vector.length; i++) {
      vector[i] =
        (vector[i] as number) -
        (a * (p[i] as number) + b * (q[i] as number) + (c * (r[i] as number) + d * (s[i] as number)));
    }
  }
  for (; k < basis.length; k++) {
    const direction = basis[k] as Float64Array;
    subtract(vector, dot(vector, direction), direction);
  }
}
