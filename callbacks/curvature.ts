import type { CurvatureRecord } from '../src/certificates/stepRecord.js';
import { dot } from '../src/linalg/dot.js';
import type { LanczosEstimate, LanczosOptions } from '../src/linalg/lanczos.js';
import { lowestEigenvalue, type Operator } from './hessian/lowestEigenvalue.js';
import type { Reads } from './hessian/reads.js';

/** How much a step's curvature may cost, and how sure its bound is to be. */
export interface CurvatureOptions {
  /** Products with the Hessian, at least 1. */
  readonly products: number;
  /** The lower bound fails with at most this probability. */
  readonly delta: number;
  readonly keep: 'basis' | 'two-pass';
  /** Does Lanczos start from the Ritz vector of the step measured before? */
  readonly warmStart: boolean;
  /** Is it enough to decide the condition, or is the curvature to be known well? */
  readonly stop: 'decided' | 'known';
  /** How much longer than without it a step may take, in milliseconds; what takes longer goes on after the steps that follow. */
  readonly blockingMs: number;
}

/** What is known of a step's curvature, or why nothing is. */
export type Curvature =
  | { readonly record: CurvatureRecord; readonly reason: null; readonly vector: Float64Array | null }
  | { readonly record: null; readonly reason: string };

/**
 * The smallest eigenvalue of a step's Hessian, as far as it decides anything.
 *
 * @param start a warm start, of any length but 0; `null`: uniform on the sphere, as the lower bound needs it
 * @param g where the Hessian is θ's: `gᵀHg` is measured too, at the cost of one product more
 * @param until is asked after each product whether the answer so far decides
 */
export function* measureCurvature(
  operator: Operator,
  hessianOf: 'theta' | 'taylor-point' | 'mean',
  g: Float64Array | null,
  start: Float64Array | null,
  seed: number,
  options: CurvatureOptions,
  until: (record: CurvatureRecord) => string | null,
): Reads<Curvature> {
  const recordOf = (estimate: LanczosEstimate): CurvatureRecord => ({
    hessianMin: estimate.smallest,
    hessianMinLower: estimate.lowerBound,
    hessianMinUpper: estimate.smallest + estimate.productError,
    residual: estimate.residual,
    products: estimate.products,
    productError: estimate.productError,
    delta: options.delta,
    hessianOf,
  });
  const settings: LanczosOptions = {
    ...options,
    seed,
    vector: options.warmStart,
    ...(start === null ? {} : { start }),
    until: (estimate) => until(recordOf(estimate)),
  };
  const { estimate, reason, vector, upperBound } = yield* lowestEigenvalue(operator, settings);
  if (estimate === null) return { record: null, reason: `no curvature: ${reason}` };
  let along: number | null = null;
  if (g !== null) {
    yield [];
    const { product } = yield* operator.apply(g);
    along = product && dot(g, product);
  }
  return {
    record: {
      ...recordOf(estimate),
      hessianMax: estimate.largest - estimate.productError,
      hessianMaxUpper: Number.isFinite(upperBound) ? upperBound : null,
      along: Number.isFinite(along) ? along : null,
      reason,
    },
    reason: null,
    vector,
  };
}
