import * as tf from '@tensorflow/tfjs';
import { whileInherited } from './whileReplaced.js';

export type NotedKernel = (name: string, inputs: tf.NamedTensorMap, attributes: unknown, output: unknown) => void;

/** Tells `note` of every kernel that `body` runs. */
export function whileNotingKernels<T>(note: NotedKernel, body: () => T): T {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine) as (...given: unknown[]) => unknown;
  let asked = true;
  const noting = (name: string, inputs: tf.NamedTensorMap, ...rest: unknown[]): unknown => {
    const output = runKernel(name, inputs, ...rest);
    if (!asked) return output;
    // What is run in order to note something is not noted.
    asked = false;
    try {
      note(name, inputs, rest[0], output);
    } finally {
      asked = true;
    }
    return output;
  };
  return whileInherited(engine, 'runKernel', noting, body);
}

/** The same loss; the first time it is called, `note` is told every tensor that a kernel is given. */
export function notingOnce(loss: () => tf.Scalar, note: (input: tf.Tensor) => void): () => tf.Scalar {
  let noted = false;
  return () => {
    if (noted) return loss();
    noted = true;
    const engine = tf.engine();
    const runKernel = engine.runKernel.bind(engine) as (...given: unknown[]) => unknown;
    const noting = (name: string, inputs: tf.NamedTensorMap, ...rest: unknown[]): unknown => {
      for (const input of Object.values(inputs)) if (input) note(input);
      return runKernel(name, inputs, ...rest);
    };
    return whileInherited(engine, 'runKernel', noting, loss);
  };
}
