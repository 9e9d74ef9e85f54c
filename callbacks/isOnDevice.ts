import * as tf from '@tensorflow/tfjs';

/** Are tensors of the backend in use on a graphics device, to be read back asynchronously? */
export function isOnDevice(): boolean {
  const name = tf.getBackend();
  return name === 'webgl' || name === 'webgpu';
}
