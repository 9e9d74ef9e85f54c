import * as tf from '@tensorflow/tfjs';
import { draws } from './draws.js';
import type { Perceptron } from './perceptron.js';
import type { Learner, NetworkProblem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

/**
 * How an error at the outputs reaches the layers: `errors(l)` is `−∂L/∂(sum of layer l)` as the rule believes it, `[examples, units]`.
 * Kernel and bias then move as in backpropagation. In a `tf.tidy`.
 */
export function moveByErrors(
  network: Perceptron,
  learningRate: number,
  errors: (inputs: readonly tf.Tensor2D[], atOutputs: tf.Tensor2D) => readonly tf.Tensor2D[],
): void {
  tf.tidy(() => {
    const { inputs, logits } = network.forward();
    const atOutputs = network.targets.sub<tf.Tensor2D>(logits.softmax()).div<tf.Tensor2D>(network.targets.shape[0]);
    const at = errors(inputs, atOutputs);
    network.layers.forEach(({ kernel, bias }, l) => {
      const error = at[l] as tf.Tensor2D;
      kernel.assign(kernel.add((inputs[l] as tf.Tensor2D).matMul(error, true).mul(learningRate)));
      bias.assign(bias.add(error.sum<tf.Tensor1D>(0).mul(learningRate)));
    });
  });
}

/** `tanh'` of a layer from the tanh itself, which is the next layer's input. */
export const slopeOf = (output: tf.Tensor2D): tf.Tensor2D => tf.sub(1, output.square());

/**
 * Feedback alignment (Lillicrap et al., 2016): backpropagation with fixed random matrices in place of the transposed kernels, so the
 * error finds its way back through wires that know nothing of the weights. One pass forward and one back.
 */
export function feedbackAlignment(problem: NetworkProblem): Learner {
  validateProblem('feedbackAlignment', problem, { network: true });
  const { network, loss, variables, learningRate, seed = 1 } = problem;
  const { normals } = draws(seed);
  // Of layer l + 1 back to layer l, `[units, inputs]`, as large as kernels are at first.
  const feedback = network.layers.slice(1).map(({ kernel: { shape } }) => {
    const [inputs, units] = shape;
    const values = normals(inputs * units).map((value) => value / Math.sqrt(inputs));
    return tf.tensor2d(values, [units, inputs]);
  });
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      moveByErrors(network, learningRate, (inputs, atOutputs) => {
        const errors = [atOutputs];
        for (let l = feedback.length - 1; l >= 0; l--) {
          const back = (errors[0] as tf.Tensor2D).matMul<tf.Tensor2D>(feedback[l] as tf.Tensor2D);
          errors.unshift(back.mul(slopeOf(inputs[l + 1] as tf.Tensor2D)));
        }
        return errors;
      });
    },
    dispose: () => {
      tf.dispose(feedback);
    },
  };
}

export const feedbackAlignmentRule: Rule = {
  name: 'feedback alignment',
  learning: true,
  description: 'the error goes back through fixed random matrices, layer by layer',
  learningRate: 0.3,
  start: feedbackAlignment,
};
