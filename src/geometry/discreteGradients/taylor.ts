import { dot } from '../../linalg/dot.js';
import { projected } from './projected.js';
import type { DiscreteStep, NoDiscreteStep, Segment } from './segment.js';

/** Pieces of the step that are searched for a root, in order. */
const pieces = 8;
const refinements = 24;

/**
 * `ȳ = y − (η/2) H(θ_s) g` [SSK24, eq. (16)], `θ_s = θ + s η g` with the smallest `s` found in [0, 1] for which
 * `gᵀH(θ_s)g = 2 (ΔL + η y·g)/η²` [SSK24, eq. (11)]; on a quadratic any serves, and it is 0. What rounding leaves of the identity is
 * corrected along the step. At least one product with the Hessian, ten where the curvature changes, at most thirty-three; O(D).
 */
export function* taylor<Asked, Numbers>({
  y,
  g,
  eta,
  change,
  changeError = 0,
  curvatureAt,
}: Segment<Asked, Numbers>): Generator<Asked, DiscreteStep | NoDiscreteStep, Numbers> {
  const target = (2 * (change + eta * dot(y, g))) / eta ** 2;
  // Below this, differences of the two sides are rounding: of the losses, of y·g, and of the product.
  const floor =
    (2 * changeError + 2 ** -50 * (Math.abs(change) + eta * Math.abs(dot(y, g)))) / eta ** 2 +
    2 ** -40 * Math.abs(target);
  let failed = false;
  let closest = { s: 0, gap: Number.POSITIVE_INFINITY };
  let product: Float64Array | null = null;
  function* gapAt(s: number): Generator<Asked, number, Numbers> {
    const along = yield* curvatureAt(s);
    if (along === null) failed = true;
    const gap = along === null ? Number.NaN : dot(g, along) - target;
    if (Math.abs(gap) < Math.abs(closest.gap)) {
      closest = { s, gap };
      product = along;
    }
    return gap;
  }
  let left = { s: 0, gap: yield* gapAt(0) };
  for (let piece = 1; piece <= pieces && !failed && Math.abs(closest.gap) > floor; piece++) {
    const right = { s: piece / pieces, gap: yield* gapAt(piece / pieces) };
    if (left.gap * right.gap < 0) {
      yield* refine(left, right);
      break;
    }
    left = right;
  }
  if (failed || product === null)
    return { vector: null, reason: 'the product of the Hessian with the step is not to be trusted' };
  // Taylor's theorem promises a root; one that hides between two points, or in the error of the loss, is not there to be found.
  if (Math.abs(closest.gap) > 100 * floor + 1e-3 * Math.abs(target))
    return { vector: null, reason: 'no point was found at which the curvature explains the change of the loss' };
  const curvature: Float64Array = product;
  const bare = y.map((value, i) => value - (eta / 2) * (curvature[i] as number));
  return { vector: projected(bare, g, change, eta), point: closest.s };

  /** Regula falsi, Illinois' way. */
  function* refine(from: { s: number; gap: number }, to: { s: number; gap: number }): Generator<Asked, void, Numbers> {
    let [low, high] = [from, to];
    for (let i = 0; i < refinements && !failed && Math.abs(closest.gap) > floor; i++) {
      const s = (low.s * high.gap - high.s * low.gap) / (high.gap - low.gap);
      if (!(s > low.s && s < high.s)) break;
      const next = { s, gap: yield* gapAt(s) };
      if (next.gap * high.gap < 0) {
        low = next;
        high = { ...high, gap: high.gap / 2 };
      } else {
        high = next;
        low = { ...low, gap: low.gap / 2 };
      }
    }
  }
}
