import { projected } from './projected.js';
import type { DiscreteStep, Segment } from './segment.js';

/** Three points of Gauss and Legendre on [0, 1]: exact for polynomials of degree five. */
export const meanValueNodes = [
  { s: 0.5 - Math.sqrt(0.15), weight: 5 / 18 },
  { s: 0.5, weight: 4 / 9 },
  { s: 0.5 + Math.sqrt(0.15), weight: 5 / 18 },
] as const;

/**
 * The mean of the gradient along the step, `∫₀¹ ∇L(θ + sΔθ) ds`, by quadrature, corrected along the step, since quadrature alone
 * breaks the identity. Three gradients, O(D).
 */
export function* meanValue<Asked, Numbers>({
  g,
  eta,
  change,
  yAt,
}: Segment<Asked, Numbers>): Generator<Asked, DiscreteStep, Numbers> {
  const mean = new Float64Array(g.length);
  for (const { s, weight } of meanValueNodes) {
    const y = yield* yAt(s);
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] as number) + weight * (y[i] as number);
  }
  return { vector: projected(mean, g, change, eta) };
}
