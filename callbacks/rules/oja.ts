import * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { draws } from './draws.js';
import { requireNumber, requireThat } from './requirement.js';
import type { Learner, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface OjaProblem {
  /** `[examples, inputs]`; stays the caller's. */
  readonly inputs: tf.Tensor2D;
  /** η, > 0. */
  readonly learningRate: number;
  /** Of the first weights; an integer. @default 1 */
  readonly seed?: number;
}

/**
 * Oja's rule (1982): one linear unit `z = w·x`, `Δw = η mean(z (x − z w))`, which finds the first principal component. Nobody gave it a
 * loss; its own is the share of `mean(‖x‖²)` that the direction of `w` leaves unexplained, `1 − wᵀCw/(‖w‖² tr C)`, and for that one
 * `y·g ≥ 0` at every `w`, by Cauchy and Schwarz: `y·g = 2 (‖Cw‖²‖w‖² − (wᵀCw)²)/(‖w‖⁴ tr C)`. The unit `w` is the learner's own.
 */
export function oja(problem: OjaProblem): Learner {
  expectKnown('oja', problem, ['inputs', 'learningRate', 'seed']);
  const { inputs, learningRate, seed = 1 } = problem;
  const matrix: unknown = inputs;
  requireThat(
    'oja',
    'inputs',
    matrix,
    'a tensor [examples, inputs] of at least one of each',
    matrix instanceof tf.Tensor && matrix.rank === 2 && matrix.size > 0 && !matrix.isDisposed,
  );
  requireNumber('oja', 'seed', seed, 'an integer', Number.isInteger(seed));
  requireNumber('oja', 'learningRate', learningRate, 'a finite number > 0', learningRate > 0);
  const [examples, size] = inputs.shape;
  const first = draws(seed).normals(size);
  const length = Math.hypot(...first);
  const weights = tf.tidy(() =>
    tf.variable(tf.tensor2d(first, [size, 1]).div<tf.Tensor2D>(length), true, 'oja/weights'),
  );
  return {
    loss: () =>
      tf.tidy(() => {
        const explained = inputs.matMul(weights).square().sum().div(weights.square().sum());
        return tf.sub(1, explained.div(inputs.square().sum())).asScalar();
      }),
    variables: [weights],
    learningRate,
    update: () => {
      tf.tidy(() => {
        const z = inputs.matMul<tf.Tensor2D>(weights);
        const hebb = inputs.matMul<tf.Tensor2D>(z, true).div<tf.Tensor2D>(examples);
        const decay = weights.mul<tf.Tensor2D>(z.square().mean());
        weights.assign(weights.add(hebb.sub(decay).mul(learningRate)));
      });
    },
    dispose: () => {
      weights.dispose();
    },
  };
}

export const ojaRule: Rule = {
  name: 'oja',
  learning: true,
  description: 'a Hebbian unit on its own objective: the variance of the inputs that it leaves unexplained',
  learningRate: 0.005,
  start: (problem) => {
    validateProblem('oja', problem, { network: true });
    const { network, learningRate, seed = 1 } = problem;
    return oja({ inputs: network.inputs, learningRate, seed });
  },
};
