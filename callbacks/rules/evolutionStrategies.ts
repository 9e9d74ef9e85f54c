import { expectKnown } from '../../src/expectKnown.js';
import { scalarLoss } from '../scalarLoss.js';
import { draws } from './draws.js';
import { Parameters, valueOf } from './parameters.js';
import { requireNumber } from './requirement.js';
import type { Learner, Problem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface EvolutionStrategiesOptions {
  /** Pairs `θ ± σξ` a step, at least 1. @default 8 */
  readonly pairs?: number;
  /** σ, standard deviation of the mutation of each weight, > 0. @default 0.05 */
  readonly sigma?: number;
}

/**
 * Antithetic evolution strategies: `Δθ = −η/(2nσ) Σ (L(θ + σξ) − L(θ − σξ)) ξ` over `n` pairs of opposite mutations (Salimans et al.,
 * 2017, without ranking). `2n` losses a step, no gradient; it descends the loss blurred by σ.
 */
export function evolutionStrategies(problem: Problem, options: EvolutionStrategiesOptions = {}): Learner {
  validateProblem('evolutionStrategies', problem, { network: false });
  expectKnown('evolutionStrategies', options, ['pairs', 'sigma']);
  const { pairs = 8, sigma = 0.05 } = options;
  requireNumber('evolutionStrategies', 'pairs', pairs, 'an integer >= 1', Number.isInteger(pairs) && pairs >= 1);
  requireNumber('evolutionStrategies', 'sigma', sigma, 'a number > 0', sigma > 0);
  const { loss, variables, learningRate, seed = 1 } = problem;
  const scalar = scalarLoss('evolutionStrategies', loss);
  const parameters = new Parameters(variables);
  const { normals } = draws(seed);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      parameters.away((theta) => {
        const direction = new Float64Array(parameters.size);
        for (let pair = 0; pair < pairs; pair++) {
          const xi = normals(parameters.size);
          parameters.move(theta, xi, sigma);
          const above = valueOf(scalar);
          parameters.move(theta, xi, -sigma);
          const slope = (above - valueOf(scalar)) / (2 * sigma * pairs);
          xi.forEach((value, i) => {
            direction[i] = (direction[i] as number) - slope * value;
          });
        }
        parameters.move(theta, direction, learningRate);
      });
    },
    dispose: () => undefined,
  };
}

export const evolutionStrategiesRule: Rule = {
  name: 'evolution strategies',
  learning: true,
  description: 'eight pairs of opposite mutants, each weighed by what the loss says of it',
  learningRate: 0.03,
  start: evolutionStrategies,
};
