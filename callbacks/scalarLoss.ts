import * as tf from '@tensorflow/tfjs';
import { received } from './received.js';

/**
 * The same loss, held to give what it should: within TensorFlow.js' gradient another value is an error without a name, and a leak.
 *
 * @throws TypeError, when it is called, that says who, what was expected and what was received
 */
export const scalarLoss =
  (who: string, loss: () => tf.Scalar): (() => tf.Scalar) =>
  () => {
    const value: unknown = loss();
    if (!(value instanceof tf.Tensor) || value.rank !== 0 || value.isDisposed)
      throw new TypeError(`${who}: expected \`loss\` to return a tf.Scalar, got ${received(value)}`);
    return value as tf.Scalar;
  };
