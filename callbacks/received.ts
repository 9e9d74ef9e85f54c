import * as tf from '@tensorflow/tfjs';
import { describeValue } from '../src/describeValue.js';

/** Names what was received for an error: a tensor by its shape, anything else by its value and type. */
export const received = (value: unknown): string =>
  value instanceof tf.Tensor ? `a tensor of shape [${(value as tf.Tensor).shape.join(', ')}]` : describeValue(value);
