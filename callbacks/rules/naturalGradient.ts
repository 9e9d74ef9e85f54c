import type * as tf from '@tensorflow/tfjs';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { expectKnown } from '../../src/expectKnown.js';
import { hostArray } from '../hostArray.js';
import { isSameList } from '../isSameList.js';
import { Parameters } from './parameters.js';
import type { Perceptron } from './perceptron.js';
import { requireNumber } from './requirement.js';
import type { Learner, NetworkProblem, Rule } from './rule.js';
import { validateProblem } from './validateProblem.js';

export interface NaturalGradientOptions {
  /** λ of `(F + λI) g = y`, > 0: the Fisher matrix of a softmax is singular. @default 0.01 */
  readonly damping?: number;
}

/**
 * Amari's natural gradient with the exact Fisher matrix of the softmax, `F = mean Σ_c p_c ∇ln p_c (∇ln p_c)ᵀ` over the examples and all
 * classes (not the labels' only), in float64: `(F + λI) g = y`. O(examples · classes · D² + D³) a step: for some hundred parameters.
 */
export function naturalGradient(problem: NetworkProblem, options: NaturalGradientOptions = {}): Learner {
  validateProblem('naturalGradient', problem, { network: true });
  expectKnown('naturalGradient', options, ['damping']);
  const { damping = 0.01 } = options;
  requireNumber('naturalGradient', 'damping', damping, 'a number > 0', damping > 0);
  const { network, loss, variables, learningRate } = problem;
  expectOwnVariables(network, variables);
  const parameters = new Parameters(variables);
  return {
    loss,
    variables,
    learningRate,
    update: () => {
      const { fisher, y } = fisherOf(network);
      const damped = fisher.add(Matrix.eye(y.length).mul(damping));
      const g = new CholeskyDecomposition(damped).solve(Matrix.columnVector(y)).to1DArray();
      parameters.move(parameters.get(), g, learningRate);
    },
    dispose: () => undefined,
  };
}

/** The Fisher matrix is that of all parameters, layer by layer, kernel before bias: so has the step to be. */
function expectOwnVariables({ variables: own }: Perceptron, variables: readonly tf.Variable[]): void {
  if (isSameList(variables, own)) return;
  const names = (list: readonly tf.Variable[]): string => list.map(({ name }) => name).join(', ');
  throw new TypeError(
    `naturalGradient: expected \`variables\` to be those of the network in their order, ${names(own)}, got ${names(variables)}`,
  );
}

const matrixOf = (tensor: tf.Tensor2D): Matrix =>
  Matrix.from1DArray(tensor.shape[0], tensor.shape[1], Array.from(hostArray(tensor)));

/** The Fisher matrix and `y`, both from `∇ln p(class | example)`, all examples of a class at once. */
function fisherOf(network: Perceptron): { fisher: Matrix; y: number[] } {
  const kernels = network.layers.map(({ kernel }) => matrixOf(kernel));
  const biases = network.layers.map(({ bias }) => Array.from(hostArray(bias)));
  const targets = matrixOf(network.targets);
  const inputs = [matrixOf(network.inputs)];
  let logits = inputs[0] as Matrix;
  kernels.forEach((kernel, l) => {
    logits = (inputs[l] as Matrix).mmul(kernel).addRowVector(biases[l] as number[]);
    if (l < kernels.length - 1) inputs.push(Matrix.tanh(logits));
  });
  const probabilities = softmax(logits);
  const { rows: examples, columns: classes } = probabilities;
  const scores = Array.from({ length: classes }, (_, chosen) => {
    const atOutputs = Matrix.zeros(examples, classes);
    for (let i = 0; i < examples; i++) {
      for (let c = 0; c < classes; c++) atOutputs.set(i, c, (c === chosen ? 1 : 0) - probabilities.get(i, c));
    }
    return gradients(kernels, inputs, atOutputs);
  });
  const size = (scores[0] as Matrix).columns;
  const fisher = Matrix.zeros(size, size);
  const y = new Array<number>(size).fill(0);
  scores.forEach((score, c) => {
    const labels = targets.getColumn(c).map((target) => target / examples);
    const part = Matrix.rowVector(labels).mmul(score).to1DArray();
    for (let i = 0; i < size; i++) y[i] = (y[i] as number) + (part[i] as number);
    // The root on both sides, so that the product is symmetric to the last bit.
    const root = score.mulColumnVector(probabilities.getColumn(c).map((p) => Math.sqrt(p / examples)));
    fisher.add(root.transpose().mmul(root));
  });
  return { fisher, y };
}

/** Gradients with respect to all parameters, one row an example, from those at the outputs. */
function gradients(kernels: readonly Matrix[], inputs: readonly Matrix[], atOutputs: Matrix): Matrix {
  const examples = atOutputs.rows;
  const parts: Matrix[] = [];
  let error = atOutputs;
  for (let l = kernels.length - 1; l >= 0; l--) {
    const input = inputs[l] as Matrix;
    const [fanIn, units] = [input.columns, error.columns];
    const part = Matrix.zeros(examples, (fanIn + 1) * units);
    for (let i = 0; i < examples; i++) {
      for (let u = 0; u < units; u++) {
        for (let k = 0; k < fanIn; k++) part.set(i, k * units + u, input.get(i, k) * error.get(i, u));
        part.set(i, fanIn * units + u, error.get(i, u));
      }
    }
    parts.unshift(part);
    const slope = Matrix.mul(input, input).mul(-1).add(1);
    if (l > 0) error = error.mmul((kernels[l] as Matrix).transpose()).mul(slope);
  }
  const joined = Matrix.zeros(
    examples,
    parts.reduce((sum, { columns }) => sum + columns, 0),
  );
  let offset = 0;
  for (const part of parts) {
    joined.setSubMatrix(part, 0, offset);
    offset += part.columns;
  }
  return joined;
}

function softmax(logits: Matrix): Matrix {
  const rows = logits.to2DArray().map((row) => {
    const largest = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map((value) => value / sum);
  });
  return new Matrix(rows);
}

export const naturalGradientRule: Rule = {
  name: 'natural gradient',
  learning: true,
  description: 'the gradient in the metric of the exact Fisher matrix, damped by 0.01',
  learningRate: 0.1,
  start: naturalGradient,
};
