import * as tf from '@tensorflow/tfjs';

/** `tf.variableGrads`, which leaves nothing behind where the loss throws or no variable reaches it. */
export const lossGradients = (loss: () => tf.Scalar, variables: tf.Variable[]): ReturnType<typeof tf.variableGrads> =>
  leavingNoTape(() => tf.tidy(() => tf.variableGrads(loss, variables)));

/** The gradients alone, in the order of the variables; `undefined`: none reached it. */
export function gradientsOf(loss: () => tf.Scalar, variables: tf.Variable[]): (tf.Tensor | undefined)[] {
  const { grads } = lossGradients(loss, variables);
  return variables.map(({ name }) => grads[name]);
}

/**
 * Runs what asks for gradients, and leaves nothing behind where it throws: what TensorFlow.js saves for the way back is kept from every
 * `tf.tidy`, and is disposed at the end of that way only.
 */
export function leavingNoTape<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    const { state } = tf.engine();
    // Within another gradient the tape is that one's.
    if (state.gradientDepth === 0) for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    throw error;
  }
}
