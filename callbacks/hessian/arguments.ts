import * as tf from '@tensorflow/tfjs';
import { expectEngine } from '../peers.js';

/** Throws what is wrong with the arguments that every function about a Hessian takes. */
export function checkLossAndVariables(who: string, loss: unknown, variables: unknown): void {
  expectEngine(who);
  if (typeof loss !== 'function') throw new TypeError(`${who}: expected \`loss\` to be a function, got ${typeof loss}`);
  if (!Array.isArray(variables) || variables.length === 0)
    throw new TypeError(
      `${who}: expected \`variables\` to be a list of at least one tf.Variable, got ${described(variables)}`,
    );
  variables.forEach((variable: unknown, i) => {
    if (!(variable instanceof tf.Variable))
      throw new TypeError(`${who}: expected \`variables\` to be a list of tf.Variable, got ${typeof variable} at ${i}`);
    if (variable.isDisposed)
      throw new Error(`${who}: expected live \`variables\`, got a disposed one (${variable.name})`);
    if (variable.dtype !== 'float32')
      throw new TypeError(`${who}: expected float32 \`variables\`, got ${variable.name} (${variable.dtype})`);
  });
  if (new Set(variables).size !== variables.length)
    throw new Error(`${who}: expected \`variables\` to name each variable once, got one of them twice`);
}

const described = (value: unknown): string => (Array.isArray(value) ? 'an empty list' : typeof value);
