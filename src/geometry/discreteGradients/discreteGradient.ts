import { coordinateIncrement } from './coordinateIncrement.js';
import { meanValue } from './meanValue.js';
import { midpoint } from './midpoint.js';
import { projected } from './projected.js';
import type { DiscreteStep, NoDiscreteStep, Segment } from './segment.js';
import { taylor } from './taylor.js';

export type DiscreteGradientKind = 'projected' | 'midpoint' | 'mean-value' | 'taylor' | 'coordinate-increment';

type Form = <Asked, Numbers>(
  segment: Segment<Asked, Numbers>,
) => Generator<Asked, DiscreteStep | NoDiscreteStep, Numbers>;

/** `null`: nothing has to be asked. */
const kinds: Readonly<Record<DiscreteGradientKind, Form | null>> = {
  projected: null,
  midpoint,
  'mean-value': meanValue,
  taylor,
  'coordinate-increment': coordinateIncrement,
};

export const discreteGradientKinds = Object.keys(kinds) as DiscreteGradientKind[];

/**
 * `ȳ = −∇̄L` of one kind for a step: `ȳ·Δθ = L(θ) − L(θ')`, and `ȳ → −∇L(θ)` as `θ' → θ` (THEORY, section 3).
 * ψ and κ depend on the kind; the sign of `ȳ·g` does not.
 */
export function* discreteGradient<Asked, Numbers>(
  kind: DiscreteGradientKind,
  segment: Segment<Asked, Numbers>,
): Generator<Asked, DiscreteStep | NoDiscreteStep, Numbers> {
  const { y, g, change, eta } = segment;
  const form = kinds[kind];
  return form === null ? { vector: projected(y, g, change, eta) } : yield* form(segment);
}
