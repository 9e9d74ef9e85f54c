import * as tf from '@tensorflow/tfjs';
import { Tap } from './tap.js';

export type NotedKernel = (name: string, inputs: tf.NamedTensorMap, attributes: unknown, output: unknown) => void;

/** Every kernel that runs, gradients included. */
export const kernels = new Tap(() => tf.engine(), 'runKernel');

/** Tells `note` of every kernel that `body` runs. */
export function whileNotingKernels<T>(note: NotedKernel, body: () => T): T {
  let asked = true;
  return kernels.while((call, given) => {
    const output = call(...given);
    if (!asked) return output;
    // What is run in order to note something is not noted.
    asked = false;
    try {
      const [name, inputs, attributes] = given as [string, tf.NamedTensorMap, unknown];
      note(name, inputs, attributes, output);
    } finally {
      asked = true;
    }
    return output;
  }, body);
}

/** The same loss; the first time it is called, `note` is told every tensor that a kernel is given. */
export function notingOnce(loss: () => tf.Scalar, note: (input: tf.Tensor) => void): () => tf.Scalar {
  let noted = false;
  return () => {
    if (noted) return loss();
    noted = true;
    return kernels.while((call, given) => {
      for (const input of Object.values(given[1] as tf.NamedTensorMap)) if (input) note(input);
      return call(...given);
    }, loss);
  };
}
