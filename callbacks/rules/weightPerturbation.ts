import { expectKnown } from '../../src/expectKnown.js';
import { scalarLoss } from '../scalarLoss.js';
import { draws } from './draws.js';
import { Parameters, valueOf } from './parameters.js';
import { requireNumber } from './requirement.js';
import type { Learner, Problem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface WeightPerturbationOptions {
  /** σ, standard deviation of the perturbation of each weight, > 0. @default 0.01 */
  readonly sigma?: number;
}

/**
 * All weights are perturbed at once by `σξ`, `ξ` standard normal, and follow the perturbation as far as it helped:
 * `Δθ = −η (L(θ + σξ) − L(θ))/σ · ξ` (Dembo & Kailath, 1990). Two losses a step, no gradient; `E[g] = y` as σ → 0.
 */
export function weightPerturbation(problem: Problem, options: WeightPerturbationOptions = {}): Learner {
  validateProblem('weightPerturbation', problem, { network: false });
  expectKnown('weightPerturbation', options, ['sigma']);
  const { sigma = 0.01 } = options;
  requireNumber('weightPerturbation', 'sigma', sigma, 'a number > 0', sigma > 0);
  const { loss, variables, learningRate, seed = 1 } = problem;
  const scalar = scalarLoss('weightPerturbation', loss);
  const parameters = new Parameters(variables);
  const { normals } = draws(seed);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      parameters.away((theta) => {
        const xi = normals(parameters.size);
        const before = valueOf(scalar);
        parameters.move(theta, xi, sigma);
        const harm = (valueOf(scalar) - before) / sigma;
        parameters.move(theta, xi, -learningRate * harm);
      });
    },
    dispose: () => undefined,
  };
}

export const weightPerturbationRule: Rule = {
  name: 'weight perturbation',
  learning: true,
  description: 'shakes all weights, and follows the shaking as far as the loss fell',
  learningRate: 0.005,
  start: weightPerturbation,
};
