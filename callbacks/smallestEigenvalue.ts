import type * as tf from '@tensorflow/tfjs';
import { checkLossAndVariables } from './hessian/arguments.js';
import { extremes } from './hessian/extremes.js';
import { HessianOperator } from './hessian/hessianOperator.js';

export interface SmallestEigenvalueOptions {
  /** Products with the Hessian that may be spent, at least 1. @default 32 */
  readonly products?: number;
  /** Each of the two ends of the bound fails with at most this probability, in (0, 1). @default 0.01 */
  readonly delta?: number;
  /** Seed of the private generator of the start vector, an integer. @default 1 */
  readonly seed?: number;
}

export interface SmallestEigenvalue {
  /** The smallest Ritz value: an upper estimate of `λ_min(H)`; `null` where no product is to be trusted. */
  readonly ritzValue: number | null;
  /** `λ_min(H)` is at least this with probability `≥ 1 − 2δ`, the products' error taken off; `null`: too few products. */
  readonly lowerBound: number | null;
  /** Norm of the residual of the Ritz vector. */
  readonly residual: number | null;
  /** Products spent. */
  readonly products: number;
  /** Largest error of a product with a vector of length 1: what `ritzValue` itself may be off by. */
  readonly productError: number | null;
  readonly delta: number;
  readonly reason: string;
}

/**
 * The smallest eigenvalue of the Hessian of a loss, by Lanczos on Hessian–vector products, with the probabilistic bound of
 * Kuczyński and Woźniakowski (1992), `λ_min ≥ θ_min − ε (θ_max − θ_min)/(1 − 2ε)`, `ε = (ln(1.648 √D/δ)/(2k − 1))²`.
 * Costs about three gradients a product, 23 more for the first, and `products` vectors of the size of all variables.
 *
 * @param loss called as it is: it must give the same value each time.
 * @throws RangeError naming the option that is not what it should be.
 */
export async function smallestEigenvalue(
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
  options: SmallestEigenvalueOptions = {},
): Promise<SmallestEigenvalue> {
  checkLossAndVariables('smallestEigenvalue', loss, variables);
  const { products, delta, seed } = checked(options);
  // The start vector and the vectors that the products are checked with come from different streams.
  const operator = new HessianOperator({ loss, variables }, seed ^ 0x5eed);
  const found = await extremes(operator, products, seed);
  const { smallest, largest, residual, reason } = found;
  if (smallest === null || largest === null || found.productError === null)
    return { ritzValue: null, lowerBound: null, residual: null, products: 0, productError: null, delta, reason };
  // Lanczos vectors are float64, those that the products are made with float32.
  const productError = found.productError + 2 ** -24 * Math.max(Math.abs(smallest), Math.abs(largest));
  const result = { ritzValue: smallest, residual, products: found.products, productError, delta };
  if (found.exhausted) return { ...result, lowerBound: smallest - found.remainder - productError, reason };
  const share = (Math.log((1.648 * Math.sqrt(operator.dimension)) / delta) / (2 * found.products - 1)) ** 2;
  if (share >= 0.5) return { ...result, lowerBound: null, reason: `${reason}: too few for a bound at delta ${delta}` };
  const lowerBound = smallest - (share * (largest - smallest)) / (1 - 2 * share) - productError;
  return { ...result, lowerBound, reason };
}

function checked({
  products = 32,
  delta = 0.01,
  seed = 1,
  ...others
}: SmallestEigenvalueOptions): Required<SmallestEigenvalueOptions> {
  const refuse = (name: string, expected: string, value: unknown): never => {
    throw new RangeError(
      `smallestEigenvalue: expected option \`${name}\` to be ${expected}, got ${String(value)} (${typeof value})`,
    );
  };
  if (!Number.isInteger(products) || products < 1) refuse('products', 'an integer >= 1', products);
  if (typeof delta !== 'number' || !(delta > 0 && delta < 1)) refuse('delta', 'a number between 0 and 1', delta);
  if (!Number.isSafeInteger(seed)) refuse('seed', 'an integer', seed);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new RangeError(`smallestEigenvalue: expected options products, delta, seed, got \`${unknown}\``);
  return { products, delta, seed };
}
