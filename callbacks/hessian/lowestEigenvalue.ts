import { lanczos, type LanczosEstimate, type LanczosOptions, type LanczosResult } from '../../src/linalg/lanczos.js';
import type { HessianProduct } from './hessianOperator.js';
import type { Reads } from './reads.js';

/** A symmetric operator whose products are tensor computations. */
export interface Operator {
  readonly dimension: number;
  apply(vector: Float64Array): Reads<HessianProduct>;
}

/**
 * Lanczos on the Hessian of a loss. The vectors are float64, the products made with them rounded to float32, which counts as an
 * error of theirs. May be interrupted between products.
 */
export function* lowestEigenvalue(operator: Operator, options: LanczosOptions): Reads<LanczosResult> {
  const { until } = options;
  const search = lanczos(operator.dimension, {
    ...options,
    ...(until ? { until: (estimate: LanczosEstimate) => until(roundedVectors(estimate)) } : {}),
  });
  let state = search.next();
  while (!state.done) {
    yield [];
    state = search.next(yield* operator.apply(state.value));
  }
  const { estimate, upperBound, ...rest } = state.value;
  const rounded = estimate && roundedVectors(estimate);
  const rounding = rounded && estimate ? rounded.productError - estimate.productError : 0;
  return { ...rest, estimate: rounded, upperBound: upperBound === null ? null : upperBound + rounding };
}

function roundedVectors(estimate: LanczosEstimate): LanczosEstimate {
  const rounding = 2 ** -24 * Math.max(Math.abs(estimate.smallest), Math.abs(estimate.largest));
  return {
    ...estimate,
    productError: estimate.productError + rounding,
    lowerBound: estimate.lowerBound === null ? null : estimate.lowerBound - rounding,
  };
}
