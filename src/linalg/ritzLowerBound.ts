/**
 * What the smallest eigenvalue is at least, with probability `≥ 1 − δ` over a start uniform on the sphere.
 *
 * After `k` steps of Lanczos an eigenvector `v` of length 1 with eigenvalue `λ` below all Ritz values has
 * `|v·b| Π (θᵢ − λ) = |v·q| Π βᵢ`, where `b` is the start and `q` the next vector: so `Π (θᵢ − λ) ≤ Π βᵢ/|v·b|`, and
 * `|v·b| ≥ δ √(π/2D)` for all but a share `δ` of all starts [van Dorsselaer, Hochstenbach, van der Vorst 2000]. The bound of
 * Kuczyński and Woźniakowski (1992) follows from the same without looking at the `θᵢ` and `βᵢ`, and is wider. O(k) a bisection step.
 *
 * @param ritz all `k` Ritz values
 * @param beside `β₁ … β_k`, the norms of the remainders, the last one that of what is left over: 0 says that nothing is
 */
export function ritzLowerBound(
  ritz: readonly number[],
  beside: readonly number[],
  dimension: number,
  delta: number,
): number {
  const smallest = Math.min(...ritz);
  const share = Math.min(1, delta * Math.sqrt(Math.PI / (2 * dimension)));
  const limit = beside.reduce((sum, length) => sum + Math.log(length), 0) - Math.log(share);
  // Exactly invariant: whatever the start knows of is in the space.
  if (limit === Number.NEGATIVE_INFINITY) return smallest;
  const excess = (below: number): number =>
    ritz.reduce((sum, value) => sum + Math.log(value - smallest + below), 0) - limit;
  // Within this distance the k-th power of the smallest factor alone is too large.
  let high = Math.exp(limit / ritz.length);
  let low = 0;
  for (let i = 0; i < 100 && high - low > 1e-6 * high; i++) {
    const middle = low > 0 ? Math.sqrt(low * high) : high / 1024;
    if (excess(middle) > 0) high = middle;
    else low = middle;
    if (high < Number.MIN_VALUE / Number.EPSILON) break;
  }
  return smallest - high;
}
