import type * as tf from '@tensorflow/tfjs';
import type { Learner, Problem } from './rule.js';

/** The learner of an optimizer: each update is one `minimize` of the problem's loss. The optimizer is disposed with it. */
export const learnWith = ({ loss, variables, learningRate }: Problem, optimizer: tf.Optimizer): Learner => ({
  loss,
  variables,
  learningRate,
  optimizer,
  update: () => {
    optimizer.minimize(loss, false, variables);
  },
  dispose: () => {
    optimizer.dispose();
  },
});
