import type { DiscreteStep, NoDiscreteStep, Segment } from './segment.js';

/** Above this many entries the losses cost more than they tell. */
export const coordinateIncrementLimit = 256;

/**
 * One entry after the other goes from θ to θ', and each answers for the change of the loss it makes [Itoh and Abe 1988]:
 * `∇̄ᵢ = (L(…, θ'ᵢ, θᵢ₊₁, …) − L(…, θᵢ, θᵢ₊₁, …))/Δθᵢ`. It depends on the order of the entries. An entry that doesn't move keeps its
 * derivative at θ. `D − 1` losses; for at most 256 entries.
 */
export function* coordinateIncrement<Asked, Numbers>({
  y,
  g,
  eta,
  change,
  lossAfter,
}: Segment<Asked, Numbers>): Generator<Asked, DiscreteStep | NoDiscreteStep, Numbers> {
  const size = g.length;
  if (size > coordinateIncrementLimit)
    return {
      vector: null,
      reason: `coordinate-increment is for at most ${coordinateIncrementLimit} parameters, there are ${size}`,
    };
  const vector = y.slice();
  const moving = [...g.keys()].filter((i) => g[i] !== 0);
  const start = moving.length > 0 ? yield* lossAfter(0) : 0;
  let before = start;
  for (const [position, i] of moving.entries()) {
    // The two ends are the losses of the step itself: the increments add up to its change.
    const after = position + 1 === moving.length ? start + change : yield* lossAfter(i + 1);
    vector[i] = -(after - before) / (eta * (g[i] as number));
    before = after;
  }
  return { vector };
}
