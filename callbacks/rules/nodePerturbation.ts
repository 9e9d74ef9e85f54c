import * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { draws } from './draws.js';
import { requireNumber } from './requirement.js';
import type { Learner, NetworkProblem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface NodePerturbationOptions {
  /** σ, standard deviation of the noise on each unit's sum, > 0. @default 0.01 */
  readonly sigma?: number;
}

/**
 * Node perturbation (Widrow & Lehr, 1990): for every example, noise `σξ` on the sum of every unit; units follow their noise as far as
 * that example's loss fell, `ΔW = −η mean(x ξᵀ (L̃ − L)/σ)`. Two passes forward, no gradient; `E[g] = y` as σ → 0.
 */
export function nodePerturbation(problem: NetworkProblem, options: NodePerturbationOptions = {}): Learner {
  validateProblem('nodePerturbation', problem, { network: true });
  expectKnown('nodePerturbation', options, ['sigma']);
  const { sigma = 0.01 } = options;
  requireNumber('nodePerturbation', 'sigma', sigma, 'a number > 0', sigma > 0);
  const { network, loss, variables, learningRate, seed = 1 } = problem;
  const { normals } = draws(seed);
  const examples = network.inputs.shape[0];
  const lossOfEach = (logits: tf.Tensor2D): tf.Tensor1D =>
    tf.losses.softmaxCrossEntropy(network.targets, logits, undefined, undefined, tf.Reduction.NONE);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      tf.tidy(() => {
        const xi = network.layers.map(({ bias }) => tf.tensor2d(normals(examples * bias.size), [examples, bias.size]));
        const { inputs, logits } = network.forward();
        const shaken = network.forward(xi.map((noise) => noise.mul(sigma)));
        const harm = lossOfEach(shaken.logits)
          .sub(lossOfEach(logits))
          .div(sigma * examples);
        network.layers.forEach(({ kernel, bias }, l) => {
          const weighed = (xi[l] as tf.Tensor2D).mul<tf.Tensor2D>(harm.expandDims(1)).mul<tf.Tensor2D>(-learningRate);
          kernel.assign(kernel.add((inputs[l] as tf.Tensor2D).matMul(weighed, true)));
          bias.assign(bias.add(weighed.sum<tf.Tensor1D>(0)));
        });
      });
    },
    dispose: () => undefined,
  };
}

export const nodePerturbationRule: Rule = {
  name: 'node perturbation',
  learning: true,
  description: 'shakes the units, example by example, and follows what helped',
  learningRate: 0.1,
  start: nodePerturbation,
};
