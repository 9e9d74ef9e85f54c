import * as tf from '@tensorflow/tfjs';
import { sumsByOperations } from './operations.js';
import type { SumInputs, SumSettings } from './terms.js';
import { sumsByWebgl, type WebglBackend } from './webgl.js';
import { sumsByWebgpu, type WebgpuBackend } from './webgpu.js';

/**
 * The sums of one variable in parts, four numbers a part, of shape `[2·parts, 2]`: by one program of the device's own, which reads the
 * three tensors once and writes nothing but the sums; where TensorFlow.js lets nobody in, by its operations.
 */
export function partialSums(inputs: SumInputs, settings: SumSettings): tf.Tensor2D {
  const backend = tf.backend();
  if (isWebgl(backend)) return onOwnCopies(inputs, (each) => sumsByWebgl(backend, each, settings));
  if (isWebgpu(backend)) return onOwnCopies(inputs, (each) => sumsByWebgpu(backend, each, settings));
  return sumsByOperations(inputs, settings);
}

const isWebgl = (backend: object): backend is WebglBackend =>
  tf.getBackend() === 'webgl' && tf.env().getNumber('WEBGL_VERSION') === 2 && 'runWebGLProgram' in backend;
const isWebgpu = (backend: object): backend is WebgpuBackend =>
  tf.getBackend() === 'webgpu' && 'runWebGPUProgram' in backend;

/** To run a program on a tensor that is on the host moves it to the device, and the training would go on there: its copy moves. */
function onOwnCopies(inputs: SumInputs, body: (inputs: SumInputs) => tf.Tensor2D): tf.Tensor2D {
  const copies: tf.Tensor[] = [];
  const own = inputs.map((input) => {
    if (isOnGraphicsDevice(input)) return input;
    const copy = tf.tensor(input.dataSync().slice(), input.shape, 'float32');
    copies.push(copy);
    return copy;
  });
  try {
    return body(own as unknown as SumInputs);
  } finally {
    tf.dispose(copies);
  }
}

function isOnGraphicsDevice({ dataId }: tf.Tensor): boolean {
  const { texData, tensorMap } = tf.backend() as unknown as Partial<WebglBackend & WebgpuBackend>;
  return (texData?.get(dataId).texture ?? tensorMap?.get(dataId).resource ?? null) !== null;
}
