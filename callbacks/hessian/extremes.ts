import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { HessianOperator } from './hessianOperator.js';
import { dot, norm, scaledBy } from './vectors.js';

/** What a Krylov space tells of the ends of a Hessian's spectrum. */
export interface Extremes {
  /** Smallest and largest Ritz value; `null`: not one product could be had. */
  readonly smallest: number | null;
  readonly largest: number | null;
  /** Residual norm of the smallest one. */
  readonly residual: number | null;
  readonly products: number;
  /** Largest error of a product with a vector of length 1. */
  readonly productError: number | null;
  /** No further product can add anything. */
  readonly exhausted: boolean;
  /** What is left over where the space is exhausted. */
  readonly remainder: number;
  /** Why it ended. */
  readonly reason: string;
}

/** A vector uniform on the sphere, by Box and Muller. */
function onSphere(dimension: number, seed: number): Float64Array {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const vector = Float64Array.from(
    { length: dimension },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  return scaledBy(vector, 1 / norm(vector));
}

function subtractAll(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const direction of basis) {
    const share = dot(vector, direction);
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - share * (direction[i] as number);
  }
}

/**
 * Lanczos with full re-orthogonalization, twice, in float64, from a start that is uniform on the sphere (what the probabilistic
 * bound assumes). Costs `products` products and as many vectors of the size of θ.
 */
export async function extremes(operator: HessianOperator, products: number, seed: number): Promise<Extremes> {
  const { dimension } = operator;
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let productError = 0;
  let exhausted = false;
  let reason = `${products} products spent`;
  let next = onSphere(dimension, seed);
  while (diagonal.length < products) {
    const { product, error, reason: trouble } = await operator.apply(next);
    if (!product || error === null) {
      reason = trouble;
      break;
    }
    basis.push(next);
    productError = Math.max(productError, error);
    diagonal.push(dot(next, product));
    const rest = product.slice();
    subtractAll(rest, basis);
    subtractAll(rest, basis);
    const length = norm(rest);
    beside.push(length);
    // Below its error a remainder has no direction; a space as large as θ has none.
    if (diagonal.length === dimension || length <= error) {
      exhausted = true;
      reason = `the Krylov space is exhausted after ${diagonal.length} products`;
      break;
    }
    next = scaledBy(rest, 1 / length);
  }
  const size = diagonal.length;
  if (size === 0)
    return {
      smallest: null,
      largest: null,
      residual: null,
      products: 0,
      productError: null,
      exhausted,
      remainder: 0,
      reason,
    };
  const matrix = Matrix.zeros(size, size);
  diagonal.forEach((value, i) => {
    matrix.set(i, i, value);
    if (i + 1 < size) {
      matrix.set(i, i + 1, beside[i] as number);
      matrix.set(i + 1, i, beside[i] as number);
    }
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const smallest = Math.min(...realEigenvalues);
  const last = eigenvectorMatrix.get(size - 1, realEigenvalues.indexOf(smallest));
  const remainder = size === dimension ? 0 : (beside[size - 1] as number);
  return {
    smallest,
    largest: Math.max(...realEigenvalues),
    residual: Math.abs(remainder * last),
    products: size,
    productError,
    exhausted,
    remainder,
    reason,
  };
}
