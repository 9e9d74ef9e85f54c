import { CholeskyDecomposition, EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import { describeValue } from '../describeValue.js';
import { orthonormalBasis } from '../linalg/orthonormalBasis.js';
import { type LeastChangeMetric, restriction } from './leastChange.js';

/** How far one metric is from another. */
export interface MetricDrift {
  /** `√(Σ ln² λᵢ)` over the eigenvalues of `A⁻¹B` on the span that both touch: the affine-invariant distance, 0 for equal ones. */
  readonly distance: number;
  /** Dimension of that span. */
  readonly dimension: number;
  /** `|ln(b/a)|` of the multiples of the identity that they are elsewhere, in each of the other directions. */
  readonly elsewhere: number;
}

/**
 * The affine-invariant distance of two metrics on the span that both touch, which no change of coordinates changes. O(m² D) and two small
 * eigenproblems; `null` where one is not positive definite in float64.
 *
 * @throws TypeError, RangeError unless both are metrics, of the same dimension
 */
export function metricDrift(a: LeastChangeMetric, b: LeastChangeMetric): MetricDrift | null {
  for (const [name, metric] of Object.entries({ a, b })) {
    if (typeof metric?.span !== 'function')
      throw new TypeError(`metricDrift: expected \`${name}\` to be a metric, got ${describeValue(metric)}`);
  }
  // Before its first pair a metric is a multiple of the identity, in any dimension.
  if (a.dimension !== b.dimension && a.dimension > 0 && b.dimension > 0)
    throw new RangeError(
      `metricDrift: expected \`b\` to be of dimension ${a.dimension}, as \`a\` is, got ${b.dimension}`,
    );
  const basis = orthonormalBasis([...a.span(), ...b.span()]);
  const elsewhere = Math.abs(Math.log(b.scale / a.scale));
  if (basis.length === 0) return { distance: 0, dimension: 0, elsewhere };
  const [first, second] = [a, b].map(({ apply }) => restriction(apply, basis)) as [Matrix, Matrix];
  const cholesky = new CholeskyDecomposition(first);
  if (!cholesky.isPositiveDefinite()) return null;
  const lower = cholesky.lowerTriangularMatrix;
  // L⁻¹ B L⁻ᵀ has the eigenvalues of A⁻¹B and is symmetric.
  const half = solve(lower, second);
  const whole = solve(lower, half.transpose());
  const symmetric = Matrix.add(whole, whole.transpose()).mul(0.5);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  if (!realEigenvalues.every((value) => value > 0)) return null;
  const distance = Math.hypot(...realEigenvalues.map(Math.log));
  return Number.isFinite(distance) ? { distance, dimension: basis.length, elsewhere } : null;
}
