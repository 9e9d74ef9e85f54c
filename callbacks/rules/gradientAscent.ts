import { scalarLoss } from '../scalarLoss.js';
import { Parameters } from './parameters.js';
import type { Learner, Problem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

/** Not learning: `Δθ = +η ∇L`, uphill. */
export function gradientAscent(problem: Problem): Learner {
  validateProblem('gradientAscent', problem, { network: false });
  const { loss, variables, learningRate } = problem;
  const scalar = scalarLoss('gradientAscent', loss);
  const parameters = new Parameters(variables);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      parameters.move(parameters.get(), parameters.descent(scalar), -learningRate);
    },
    dispose: () => undefined,
  };
}

export const gradientAscentRule: Rule = {
  name: 'gradient ascent',
  learning: false,
  description: 'up the gradient: no metric makes that a descent',
  learningRate: 0.01,
  start: gradientAscent,
};
