import { expectKnown } from '../../src/expectKnown.js';
import { scalarLoss } from '../scalarLoss.js';
import { Parameters } from './parameters.js';
import { requireNumber } from './requirement.js';
import type { Learner, Problem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface RotatedGradientOptions {
  /** φ in radians, in [−π, π]. @default 2π/3 */
  readonly angle?: number;
}

/**
 * The negative gradient turned by φ in the planes of entries 1 and 2, 3 and 4, …: `y·g = ‖y‖² cos φ`, so natural for |φ| < π/2 and not
 * beyond (an odd entry at the end is scaled by cos φ). Its matrix is not symmetric: no constant metric explains two such steps.
 */
export function rotatedGradient(problem: Problem, options: RotatedGradientOptions = {}): Learner {
  validateProblem('rotatedGradient', problem, { network: false });
  expectKnown('rotatedGradient', options, ['angle']);
  const { angle = (2 * Math.PI) / 3 } = options;
  requireNumber('rotatedGradient', 'angle', angle, 'a number in [−π, π]', Math.abs(angle) <= Math.PI);
  const { loss, variables, learningRate } = problem;
  const scalar = scalarLoss('rotatedGradient', loss);
  const parameters = new Parameters(variables);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      const y = parameters.descent(scalar);
      const turned = Float64Array.from(y, (value, i) => {
        const other = i % 2 === 0 ? -(y[i + 1] ?? 0) : (y[i - 1] as number);
        return cos * value + sin * other;
      });
      parameters.move(parameters.get(), turned, learningRate);
    },
    dispose: () => undefined,
  };
}

export const rotatedGradientRule: Rule = {
  name: 'rotated gradient',
  learning: false,
  description: 'the negative gradient turned by 120°, plane by plane',
  learningRate: 0.02,
  start: rotatedGradient,
};
