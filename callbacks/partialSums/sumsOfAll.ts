import * as tf from '@tensorflow/tfjs';
import { partialSums } from './partialSums.js';
import type { SumSettings } from './terms.js';

/** The tensors of a step on a device: `∇L(θ)` (`undefined`: none reached the variable), θ and θ', variable by variable. */
export interface StepTensors {
  readonly gradients: readonly (tf.Tensor | undefined)[];
  readonly before: readonly tf.Tensor[];
  readonly after: readonly tf.Tensor[];
}

export type Four = readonly [number, number, number, number];

/** The sums of all variables, one after the other, as one vector, and in how many parts each: four numbers a part. */
export interface Sums {
  readonly numbers: tf.Tensor1D;
  readonly parts: readonly number[];
}

/** `partialSums` of all variables. The caller disposes the numbers. */
export function sumsOfAll(
  { gradients, before, after }: StepTensors,
  settings: (variable: number) => SumSettings,
): Sums {
  const parts: number[] = [];
  const numbers = tf.tidy(() => {
    const all = before.flatMap((start, i) => {
      if (start.size === 0) return [];
      const sums = partialSums([gradients[i] ?? tf.zerosLike(start), start, after[i] as tf.Tensor], settings(i));
      parts[i] = sums.size / 4;
      return [sums];
    });
    return tf.keep(tf.reshape<tf.Rank.R1>(tf.concat2d([...all, tf.zeros([0, 2])], 0), [-1]));
  });
  return { numbers, parts: before.map((_, i) => parts[i] ?? 0) };
}

/** What was read back, added up in float64: four sums a variable. */
export function addedUp(parts: readonly number[], values: ArrayLike<number>): readonly Four[] {
  let offset = 0;
  return parts.map((count) => {
    const total: [number, number, number, number] = [0, 0, 0, 0];
    for (const end = offset + 4 * count; offset < end; offset++)
      total[offset % 4] = (total[offset % 4] as number) + (values[offset] as number);
    return total;
  });
}
