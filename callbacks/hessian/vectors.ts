import type * as tf from '@tensorflow/tfjs';

/** The numbers of a list of tensors, one after the other, in float64. */
export async function readVector(tensors: readonly tf.Tensor[]): Promise<Float64Array> {
  const parts = await Promise.all(tensors.map((tensor) => tensor.data()));
  const vector = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    vector.set(part, offset);
    offset += part.length;
  }
  return vector;
}

export function dot(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += (u[i] as number) * (v[i] as number);
  return sum;
}

export const norm = (v: Float64Array): number => Math.sqrt(dot(v, v));

export function distance(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += ((u[i] as number) - (v[i] as number)) ** 2;
  return Math.sqrt(sum);
}
