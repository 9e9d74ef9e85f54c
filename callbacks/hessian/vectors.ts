import * as tf from '@tensorflow/tfjs';
import { norm } from '../../src/linalg/norm.js';
import { scaled } from '../../src/linalg/scaled.js';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Machine epsilon of float32. */
export const float32Epsilon = 2 ** -23;

export const scaledBy = (v: Float64Array, factor: number): Float64Array => (factor === 1 ? v : scaled(v, factor));

/** A vector cut into float32 tensors of the given shapes. The caller disposes them. */
export function tensorsOf(vector: Float64Array, shapes: readonly (readonly number[])[]): tf.Tensor[] {
  let offset = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const part = new Float32Array(vector.subarray(offset, offset + size));
    offset += size;
    return tf.tensor(part, [...shape], 'float32');
  });
}

/** `Σ vectors[i]/‖vectors[i]‖`; a vector of length 0 or without a length counts for nothing. */
export function sumOfDirections(...vectors: Float64Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    const length = norm(vector);
    if (!(length > 0 && length < Infinity)) continue;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (vector[i] as number) / length;
  }
  return sum;
}

/** Random signs, thirty-two a draw. */
export function randomSigns(size: number, generator: RandomGenerator): Float64Array {
  const signs = new Float64Array(size);
  let bits = 0;
  for (let i = 0; i < size; i++) {
    if ((i & 31) === 0) bits = generator.next();
    signs[i] = bits & 1 ? 1 : -1;
    bits >>= 1;
  }
  return signs;
}

/** `values ± ε max(|valueᵢ|, 0.1 rms)` with random signs, all turned by `sign`: the same point, rounded otherwise. */
export function jittered(values: Float64Array, generator: RandomGenerator, sign: 1 | -1): Float64Array {
  const signs = randomSigns(values.length, generator);
  const floor = (0.1 * norm(values)) / Math.sqrt(Math.max(1, values.length));
  return values.map(
    (value, i) => value + sign * float32Epsilon * (signs[i] as number) * Math.max(Math.abs(value), floor),
  );
}
