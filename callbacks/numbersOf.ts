import type * as tf from '@tensorflow/tfjs';

/** The numbers of all tensors, one after the other, in float64, on every backend. */
export async function numbersOf(tensors: readonly tf.Tensor[]): Promise<Float64Array<ArrayBuffer>> {
  const vector = new Float64Array(tensors.reduce((sum, tensor) => sum + tensor.size, 0));
  let offset = 0;
  for (const tensor of tensors) {
    vector.set(await tensor.data(), offset);
    offset += tensor.size;
  }
  return vector;
}

/** The number of a scalar, which is disposed. */
export async function scalarOf(tensor: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await tensor.data();
  tensor.dispose();
  return value;
}
