import * as tf from '@tensorflow/tfjs';

/** What there is more of in a page than there was. */
export type Leaked = readonly [tensors: number, buffers: number];

export function leakedSince(start: tf.MemoryInfo): Leaked {
  const end = tf.memory();
  return [end.numTensors - start.numTensors, end.numDataBuffers - start.numDataBuffers];
}
