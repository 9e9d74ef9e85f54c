import type * as tf from '@tensorflow/tfjs';

/**
 * What is summed over the entries of a variable, four sums at a time. `step`: `u·u`, `d·d`, `u·d` and conflicts, with
 * `d = scaleD (end − start)` and `u = scaleY (gradient + ρ (end − start))`; opposite signs of gradient and step cancel, as two zeros do,
 * anything else adds to the conflicts, a gradient that is not finite makes them so, and padding that holds anything adds `padding`.
 * `norms`: `‖end‖²`, `Σ|gradientᵢ startᵢ| scaleY`, 0, 0.
 */
export type Terms = 'step' | 'norms';

export interface SumSettings {
  readonly terms: Terms;
  readonly rho: number;
  readonly scaleY: number;
  readonly scaleD: number;
}

/** `∇L(θ)`, θ and θ' of one variable. */
export type SumInputs = readonly [gradient: tf.Tensor, start: tf.Tensor, end: tf.Tensor];

/** Entries of which a part is summed in float32, at most; beyond, the host sums in float64. */
export const entriesInPart = (size: number): number => (size > 2 ** 18 ? 1024 : 256);
/** Within a part so many at a time are added up first: no sum is long. */
export const run = 32;
/** What the padding of a matrix that is not zero adds to the conflicts: webgl stores two by two entries, and odd widths have some that are nobody's. */
export const padding = 2 ** 60;
/** What of a finite gradient is not lost beside a conflict: none, but Infinity stays what it is. */
export const trace = 2 ** -120;
