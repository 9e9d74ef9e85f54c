import * as tf from '@tensorflow/tfjs';
import { describeValue } from '../src/describeValue.js';

/** Names what was received for an error: a tensor by its shape, anything else by its value and type. */
export function received(value: unknown): string {
  if (!(value instanceof tf.Tensor)) return describeValue(value);
  const { isDisposed, shape } = value as tf.Tensor;
  return `a ${isDisposed ? 'disposed ' : ''}tensor of shape [${shape.join(', ')}]`;
}
