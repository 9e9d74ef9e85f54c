import type * as tf from '@tensorflow/tfjs';
import { leavingNoTape } from '../lossGradients.js';
import { scalarLoss } from '../scalarLoss.js';
import type { Learner, Problem } from './rule.js';
import { validateProblem } from './validateProblem.js';

/**
 * The learner of an optimizer: each update is one `minimize` of the problem's loss. The optimizer is disposed with it.
 *
 * @param make the optimizer of a rate η
 * @throws TypeError that says who and which field of the problem
 */
export function learnWith(who: string, problem: Problem, make: (learningRate: number) => tf.Optimizer): Learner {
  validateProblem(who, problem, { network: false });
  const { loss, variables, learningRate } = problem;
  const scalar = scalarLoss(who, loss);
  const optimizer = make(learningRate);
  return {
    loss,
    variables,
    learningRate,
    optimizer,
    update: () => {
      leavingNoTape(() => optimizer.minimize(scalar, false, variables));
    },
    dispose: () => {
      optimizer.dispose();
    },
  };
}
