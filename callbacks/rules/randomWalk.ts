import { draws } from './draws.js';
import { Parameters } from './parameters.js';
import type { Learner, Problem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

/** Not learning: `Δθ` of length η in a direction uniform on the sphere. Half of its steps descend, by chance. */
export function randomWalk(problem: Problem): Learner {
  validateProblem('randomWalk', problem, { network: false });
  const { loss, variables, learningRate, seed = 1 } = problem;
  const parameters = new Parameters(variables);
  const { normals } = draws(seed);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      const direction = normals(parameters.size);
      parameters.move(parameters.get(), direction, learningRate / Math.hypot(...direction));
    },
    dispose: () => undefined,
  };
}

export const randomWalkRule: Rule = {
  name: 'random walk',
  learning: false,
  description: 'a step in a random direction: natural half of the time, by chance alone',
  learningRate: 0.2,
  start: randomWalk,
};
