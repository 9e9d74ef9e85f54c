import { projected } from './projected.js';
import type { DiscreteStep, Segment } from './segment.js';

/** The gradient halfway, corrected along the step so that the identity holds [Gonzalez 1996]. One gradient, O(D). */
export function* midpoint<Asked, Numbers>({
  g,
  eta,
  change,
  yAt,
}: Segment<Asked, Numbers>): Generator<Asked, DiscreteStep, Numbers> {
  return { vector: projected(yield* yAt(0.5), g, change, eta) };
}
