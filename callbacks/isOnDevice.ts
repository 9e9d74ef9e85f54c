import * as tf from '@tensorflow/tfjs';

/** Are tensors of the backend in use on a graphics device, to be read back asynchronously? */
export function isOnDevice(): boolean {
  const name = tf.getBackend();
  return name === 'webgl' || name === 'webgpu';
}

/**
 * How many times as coarse as on a host a device computes: WGSL lets a logarithm near 1 err by 2⁻²¹, four roundings of float32; GLSL promises
 * less and is kept as well.
 */
export const coarseness = 4;
