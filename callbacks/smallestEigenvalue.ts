import type * as tf from '@tensorflow/tfjs';
import { checkLossAndVariables } from './hessian/arguments.js';
import { HessianOperator } from './hessian/hessianOperator.js';
import { lowestEigenvalue } from './hessian/lowestEigenvalue.js';
import { readAsync } from './hessian/reads.js';
import { pointTrouble } from './pointTrouble.js';

export interface SmallestEigenvalueOptions {
  /** Products with the Hessian that may be spent, at least 1. @default 32 */
  readonly products?: number;
  /** The lower bound fails with at most this probability, in (0, 1). @default 0.01 */
  readonly delta?: number;
  /** Seed of the private generator of the start vector, an integer. @default 1 */
  readonly seed?: number;
  /**
   * A warm start, all variables one after the other: the Ritz vector of an earlier answer, say. Needs fewer products, but the
   * lower bound's assumption, a start that knows nothing, is gone: `lowerBound` is `null`.
   */
  readonly start?: Float64Array;
  /** `'two-pass'` keeps three vectors instead of one a product, and spends the products twice where `vector` is asked for. @default 'basis' */
  readonly keep?: 'basis' | 'two-pass';
  /** Is the Ritz vector wanted? @default false */
  readonly vector?: boolean;
}

export interface SmallestEigenvalue {
  /** The smallest Ritz value: an upper estimate of `λ_min(H)`; `null` where no product is to be trusted. */
  readonly ritzValue: number | null;
  /** `λ_min(H)` is at least this with probability `≥ 1 − δ`, the products' error taken off; `null`: the start was given. */
  readonly lowerBound: number | null;
  /** Norm of the residual of the Ritz vector. */
  readonly residual: number | null;
  /** Products spent. */
  readonly products: number;
  /** Largest error of a product with a vector of length 1: what `ritzValue` itself may be off by. */
  readonly productError: number | null;
  readonly delta: number;
  /** The Ritz vector, of length 1, if it was asked for. */
  readonly vector?: Float64Array | null;
  readonly reason: string;
}

/**
 * The smallest eigenvalue of the Hessian of a loss, by Lanczos on Hessian–vector products, with a lower bound that holds for all
 * but a share `δ` of the starts (`ritzLowerBound`).
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
  const settings = checked(options);
  const { delta, seed, start, vector: wanted } = settings;
  // The start vector and the vectors that the products are checked with come from different streams.
  const operator = new HessianOperator({ loss, variables }, seed ^ 0x5eed);
  if (start && start.length !== operator.dimension)
    refuse('start', `a Float64Array of ${operator.dimension} numbers`, `one of ${start.length}`);
  const asked = pointTrouble(variables, variables);
  const found = await readAsync(lowestEigenvalue(operator, settings));
  const trouble = await asked;
  const { estimate, vector, reason } = trouble === null ? found : { estimate: null, vector: null, reason: trouble };
  const more = wanted ? { vector } : {};
  if (estimate === null)
    return {
      ritzValue: null,
      lowerBound: null,
      residual: null,
      products: 0,
      productError: null,
      delta,
      reason,
      ...more,
    };
  const { smallest, lowerBound, residual, products, productError } = estimate;
  const why = lowerBound === null ? `${reason}: no lower bound, the start was given` : reason;
  return { ritzValue: smallest, lowerBound, residual, products, productError, delta, reason: why, ...more };
}

type Settings = Required<Omit<SmallestEigenvalueOptions, 'start'>> & Pick<SmallestEigenvalueOptions, 'start'>;

function refuse(name: string, expected: string, got: string): never {
  throw new RangeError(`smallestEigenvalue: expected option \`${name}\` to be ${expected}, got ${got}`);
}

function checked({
  products = 32,
  delta = 0.01,
  seed = 1,
  keep = 'basis',
  vector = false,
  start,
  ...others
}: SmallestEigenvalueOptions): Settings {
  const got = (value: unknown): string => `${String(value)} (${typeof value})`;
  if (!Number.isInteger(products) || products < 1) refuse('products', 'an integer >= 1', got(products));
  if (typeof delta !== 'number' || !(delta > 0 && delta < 1)) refuse('delta', 'a number between 0 and 1', got(delta));
  if (!Number.isSafeInteger(seed)) refuse('seed', 'an integer', got(seed));
  if (!['basis', 'two-pass'].includes(keep)) refuse('keep', "'basis' or 'two-pass'", got(keep));
  if (typeof vector !== 'boolean') refuse('vector', 'true or false', got(vector));
  if (start !== undefined && !(start instanceof Float64Array)) refuse('start', 'a Float64Array', got(start));
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new RangeError(
      `smallestEigenvalue: expected options products, delta, seed, start, keep, vector, got \`${unknown}\``,
    );
  return { products, delta, seed, keep, vector, ...(start ? { start } : {}) };
}
