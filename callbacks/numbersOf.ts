import type * as tf from '@tensorflow/tfjs';

/** Of all tensors together. */
const sizeOf = (tensors: readonly tf.Tensor[]): number => tensors.reduce((sum, { size }) => sum + size, 0);

/** The numbers of all tensors, one after the other, in float64, on every backend. @param into where. @default a new vector */
export async function numbersOf(
  tensors: readonly tf.Tensor[],
  into = new Float64Array(sizeOf(tensors)),
): Promise<Float64Array<ArrayBuffer>> {
  let offset = 0;
  for (const tensor of tensors) {
    into.set(await tensor.data(), offset);
    offset += tensor.size;
  }
  return into;
}

/** The number of a scalar, which is disposed. */
export async function scalarOf(tensor: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await tensor.data();
  tensor.dispose();
  return value;
}
