import * as tf from '@tensorflow/tfjs';
import { draws } from './draws.js';
import { moveByErrors, slopeOf } from './feedbackAlignment.js';
import type { Learner, NetworkProblem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

/**
 * Direct feedback alignment (Nøkland, 2016): the error at the outputs reaches each layer by a fixed random matrix of its own, past the
 * layers in between. One pass forward; the layers could learn at the same time.
 */
export function directFeedbackAlignment(problem: NetworkProblem): Learner {
  validateProblem('directFeedbackAlignment', problem, { network: true });
  const { network, loss, variables, learningRate, seed = 1 } = problem;
  const { normals } = draws(seed);
  const classes = network.targets.shape[1];
  // Of the outputs to layer l, `[classes, units]`.
  const feedback = network.layers.slice(0, -1).map(({ bias }) => {
    const values = normals(classes * bias.size).map((value) => value / Math.sqrt(classes));
    return tf.tensor2d(values, [classes, bias.size]);
  });
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      moveByErrors(network, learningRate, (inputs, atOutputs) => [
        ...feedback.map((matrix, l) =>
          atOutputs.matMul<tf.Tensor2D>(matrix).mul<tf.Tensor2D>(slopeOf(inputs[l + 1] as tf.Tensor2D)),
        ),
        atOutputs,
      ]);
    },
    dispose: () => {
      tf.dispose(feedback);
    },
  };
}

export const directFeedbackAlignmentRule: Rule = {
  name: 'direct feedback alignment',
  learning: true,
  description: 'the error goes from the outputs straight to every layer, through fixed random matrices',
  learningRate: 0.3,
  start: directFeedbackAlignment,
};
