import type * as tf from '@tensorflow/tfjs';
import { isOnDevice } from './isOnDevice.js';
import { hostArray } from './hostArray.js';

/**
 * The numbers of all tensors, one after the other, in float64, on every backend.
 *
 * @param into where they are written, as long as all of them. @default a new vector
 */
export async function numbersOf(
  tensors: readonly tf.Tensor[],
  into = new Float64Array(tensors.reduce((sum, tensor) => sum + tensor.size, 0)),
): Promise<Float64Array<ArrayBuffer>> {
  let offset = 0;
  for (const tensor of tensors) {
    into.set(isOnDevice() ? await tensor.data() : hostArray(tensor), offset);
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
