import * as tf from '@tensorflow/tfjs';
import { Perceptron } from './perceptron.js';

const told = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : `${String(value)} (${typeof value})`;

function require(who: string, name: string, value: unknown, expected: string, holds: boolean): void {
  if (!holds) throw new TypeError(`${who}: expected \`${name}\` to be ${expected}, got ${told(value)}`);
}

/** @throws TypeError that says who, which option, what was expected and what was received; NaN and Infinity never hold. */
export function requireNumber(who: string, name: string, value: unknown, expected: string, holds: boolean): void {
  require(who, name, value, expected, typeof value === 'number' && Number.isFinite(value) && holds);
}

/**
 * Checks what a rule was given to learn, once, before anything runs.
 *
 * @throws TypeError that says who, which field, what was expected and what was received
 */
export function validateProblem(who: string, problem: object, needs: { readonly network: boolean }): void {
  const field = (name: string): unknown => Reflect.get(problem, name);
  const [loss, variables, rate, seed] = [field('loss'), field('variables'), field('learningRate'), field('seed') ?? 1];
  require(who, 'loss', loss, 'a function that returns a tf.Scalar', typeof loss === 'function');
  const list: unknown[] = Array.isArray(variables) ? variables : [];
  const named = list.length > 0 && list.every((each) => each instanceof tf.Variable);
  require(who, 'variables', variables, 'a list of at least one tf.Variable', named);
  requireNumber(who, 'learningRate', rate, 'a finite number > 0', (rate as number) > 0);
  requireNumber(who, 'seed', seed, 'an integer', Number.isInteger(seed));
  if (!needs.network) return;
  const network = field('network');
  require(who, 'network', network, 'a Perceptron', network instanceof Perceptron);
}
