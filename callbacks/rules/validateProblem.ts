import * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { checkLossAndVariables } from '../hessian/arguments.js';
import { Perceptron } from './perceptron.js';
import { requireNumber, requireThat } from './requirement.js';

/**
 * Checks what a rule was given to learn, once, before anything runs.
 *
 * @throws TypeError, or Error for variables that are disposed or named twice, that says who, which field, what was expected and what was
 * received
 */
export function validateProblem(who: string, problem: object, needs: { readonly network: boolean }): void {
  requireThat(who, 'problem', problem, 'an object', typeof problem === 'object' && problem !== null);
  expectKnown(who, problem, ['loss', 'variables', 'learningRate', 'seed', 'network']);
  const field = (name: string): unknown => Reflect.get(problem, name);
  const [loss, variables, rate, seed] = [field('loss'), field('variables'), field('learningRate'), field('seed')];
  requireThat(who, 'loss', loss, 'a function that returns a tf.Scalar', typeof loss === 'function');
  const list: unknown[] = Array.isArray(variables) ? variables : [];
  const named = list.length > 0 && list.every((each) => each instanceof tf.Variable);
  requireThat(who, 'variables', variables, 'a list of at least one tf.Variable', named);
  checkLossAndVariables(who, loss, variables);
  requireNumber(who, 'learningRate', rate, 'a finite number > 0', (rate as number) > 0);
  if (seed !== undefined) requireNumber(who, 'seed', seed, 'an integer', Number.isInteger(seed));
  if (!needs.network) return;
  const network = field('network');
  requireThat(who, 'network', network, 'a Perceptron', network instanceof Perceptron);
}
