import type * as tf from '@tensorflow/tfjs';
import { isOnDevice } from './arithmetic.js';
import { hostArray } from './hostArray.js';

/**
 * Shows `use` the numbers of one tensor after the other, and where in the vector of all of them they begin. In host memory without a copy:
 * they are not to be kept.
 */
export async function eachNumbers(
  tensors: readonly tf.Tensor[],
  use: (values: ArrayLike<number>, offset: number) => void,
): Promise<void> {
  let offset = 0;
  for (const tensor of tensors) {
    use(isOnDevice() ? await tensor.data() : hostArray(tensor), offset);
    offset += tensor.size;
  }
}

/** The numbers of all tensors, one after the other, in float64, on every backend. */
export async function numbersOf(tensors: readonly tf.Tensor[]): Promise<Float64Array<ArrayBuffer>> {
  const vector = new Float64Array(tensors.reduce((sum, tensor) => sum + tensor.size, 0));
  await eachNumbers(tensors, (values, offset) => {
    vector.set(values, offset);
  });
  return vector;
}

/** The number of a scalar, which is disposed. */
export async function scalarOf(tensor: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await tensor.data();
  tensor.dispose();
  return value;
}
