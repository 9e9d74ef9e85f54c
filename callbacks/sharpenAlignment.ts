import { alignmentCondition } from '../src/certificates/alignment.js';
import { cost, glanceAtSlope, isFar, measureJitter, reevaluable } from './decrease.js';
import type { Reads } from './hessian/reads.js';
import type { Draft, Measurable } from './measurable.js';
import { staleness } from './noise.js';
import type { Track } from './track.js';

/** A claim that clears so few of its tolerances waits for a fresh `J`: what the noise is at another θ may be far from here. */
const thin = 8;

/** With less left it is for the gradients. */
const forLosses = cost.slope + 4 * cost.glance;

/** Measures the noise of the gradient where the claim is near its tolerance and there is allowance for it. */
export function* sharpenAlignment(draft: Draft, made: Measurable, track: Track): Reads<void> {
  const { gram } = draft;
  if (gram === null || draft.noise === null || made.gradients === null || gram.yy === 0 || gram.gg === 0) return;
  // Of another loss another noise: near 0 a kink may be as near, an absolute value's say.
  const size = Math.abs(made.lossBefore ?? 0);
  const isNew = isFar(size, track.glancedAt) && track.allowance >= cost.glance;
  if (isNew) track.glancedAt = size;
  // Where the loss after the step is measured, its noise and the slope are looked at there.
  const isOpen = track.slope === 'doubted' || (isNew && track.slope !== 'agrees' && track.allowance >= forLosses);
  const mayBeAnother = isOpen && !draft.asked.effective;
  if ((isNew || mayBeAnother) && (yield* reevaluable(draft, made, track, []))) {
    if (isNew) yield* measureJitter(draft, made, track, true);
    if (mayBeAnother) yield* glanceAtSlope(made, track);
  }
  const { state, value, tolerance } = alignmentCondition(draft);
  const margin = draft.noise.gradientJitter === null ? staleness : thin;
  const near = state === 'unresolved' || Math.abs(value ?? 0) < margin * (tolerance ?? 0);
  if (near && track.allowance >= cost.jitter && (yield* reevaluable(draft, made, track, [])))
    yield* measureJitter(draft, made, track);
}
