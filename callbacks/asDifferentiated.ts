import * as tf from '@tensorflow/tfjs';
import { whileInherited } from './whileReplaced.js';

/**
 * Runs `body` by the kernels it runs while it is differentiated. TensorFlow.js fuses a product with its bias and activation only where no
 * gradient is asked for, and the fused kernel rounds otherwise: with it a loss would not be that of the training.
 */
export function asDifferentiated<T>(body: () => T): T {
  const engine = tf.engine();
  const { state } = engine;
  if (state.gradientDepth > 0) return body();
  const tape = state.activeTape;
  state.activeTape = [];
  state.gradientDepth++;
  try {
    // Nothing is noted on the tape but by a gradient within the loss, a penalty of it, say.
    return whileInherited(engine, 'isTapeOn', () => state.gradientDepth > 1 && state.kernelDepth === 0, body);
  } finally {
    state.gradientDepth--;
    for (const { saved } of state.activeTape) for (const tensor of saved ?? []) tensor.dispose();
    state.activeTape = tape;
  }
}
