import { projected } from './projected.js';
import type { DiscreteStep, Segment } from './segment.js';

/** The gradient halfway, corrected along the step so that the identity holds [Gonzalez 1996]. One gradient, O(D). */
export const midpoint = ({ g, eta, change, yAt }: Segment): DiscreteStep => ({
  vector: projected(yAt(0.5), g, change, eta),
});
