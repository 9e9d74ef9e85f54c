import type { Gram } from '../linalg/gram.js';
import { angle } from './angle.js';
import { projectedGram } from './discreteGradients/projected.js';

/**
 * The smallest eigenvalue of `N = M + (η/2) q̂ ĝĝᵀ`, where `M` is the optimal metric of the projected discrete gradient and
 * `q̂ = 2 (ΔL + η y·g)/(η² g·g)` the curvature along the step that explains the change of the loss. As `N g = y`, the discrete step is
 * exact natural gradient descent on `∇L(θ)` in `N` wherever this is positive: no Hessian is needed. It exists if the loss fell; a
 * problem of two dimensions, O(1) (THEORY, section 4).
 *
 * @param gram of `y` and `g`
 * @param change `L(θ') − L(θ)`
 * @returns `null` where the loss did not fall, or a number leaves float64
 */
export function shiftedEigenvalue(gram: Gram, change: number, eta: number): number | null {
  const own = angle(gram);
  const discrete = angle(projectedGram(gram, change, eta));
  if (own === null || discrete === null || discrete.cosine <= 0) return null;
  const { cosine, sine, ratio } = discrete;
  // In the plane of g and of what lies across it; every other direction has the eigenvalue α.
  const along = own.ratio * own.cosine;
  if (gram.dimension === 1) return along;
  const mixed = ratio * sine;
  const alpha = ratio / cosine;
  const across = alpha * (1 + sine * sine);
  const largest = (along + across + Math.hypot(along - across, 2 * mixed)) / 2;
  // det/λ_max does not cancel where the difference of the two roots does.
  const smallest = along * (across / largest) - mixed * (mixed / largest);
  const least = gram.dimension > 2 ? Math.min(smallest, alpha) : smallest;
  return Number.isFinite(least) ? least : null;
}
