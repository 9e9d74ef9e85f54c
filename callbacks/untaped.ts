import * as tf from '@tensorflow/tfjs';

/** Runs `body` in a `tf.tidy` by kernels that no gradient is taken of, as those within a kernel. */
export function untaped<T extends tf.TensorContainer>(body: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth++;
  try {
    return tf.tidy(body);
  } finally {
    state.kernelDepth--;
  }
}
