import type * as tf from '@tensorflow/tfjs';
import { learnWith } from './learnWith.js';
import { requireNumber } from './requirement.js';
import type { Rule } from './rule.js';
import { SlotOptimizer, type SlotStep } from './slotOptimizer.js';

/** Of the quintic that drives singular values from (0, 1] to about 1 (Jordan et al., 2024). */
const [a, b, c] = [3.4445, -4.775, 2.0315] as const;

/** `U Vᵀ` of `matrix = U Σ Vᵀ`, but for singular values between 0.7 and 1.2, by five steps of Newton and Schulz. */
function orthogonalized(matrix: tf.Tensor2D, steps: number): tf.Tensor2D {
  const [rows, columns] = matrix.shape;
  // The Gram matrix of the shorter side.
  let x: tf.Tensor2D = rows > columns ? matrix.transpose() : matrix;
  x = x.div(x.norm().add(1e-7));
  for (let k = 0; k < steps; k++) {
    const gram = x.matMul<tf.Tensor2D>(x, false, true);
    const polynomial = gram.mul<tf.Tensor2D>(b).add<tf.Tensor2D>(gram.matMul<tf.Tensor2D>(gram).mul(c));
    x = x.mul<tf.Tensor2D>(a).add(polynomial.matMul(x));
  }
  return rows > columns ? x.transpose() : x;
}

/**
 * `m ← μ m + ∇L`, `θ ← θ − η √max(1, rows/columns) · orthogonalized(∇L + μ m)` (Jordan et al., 2024). A kernel is a matrix with a
 * column for each unit, a bias one of a single row; where Muon leaves biases to Adam, here everything goes the same way.
 */
export class MuonOptimizer extends SlotOptimizer {
  static readonly className = 'Muon';
  protected readonly slotNames = ['momentum'] as const;

  constructor(
    learningRate: number,
    /** μ, in [0, 1). */
    readonly momentum: number,
    /** Of Newton and Schulz. */
    readonly iterationsOfNewton: number,
  ) {
    super('muon', learningRate);
    requireNumber('muon', 'momentum', momentum, 'a number in [0, 1)', momentum >= 0 && momentum < 1);
    requireNumber(
      'muon',
      'iterationsOfNewton',
      iterationsOfNewton,
      'an integer >= 1',
      Number.isInteger(iterationsOfNewton) && iterationsOfNewton >= 1,
    );
  }

  protected override step(gradient: tf.Tensor, value: tf.Variable, slots: readonly tf.Variable[]): SlotStep {
    const momentum = (slots[0] as tf.Variable).mul(this.momentum).add(gradient);
    const direction = gradient.add(momentum.mul(this.momentum));
    const columns = value.shape.at(-1) ?? 1;
    const matrix = direction.reshape<tf.Tensor2D>([-1, columns]);
    const scale = Math.sqrt(Math.max(1, matrix.shape[0] / columns));
    const change = orthogonalized(matrix, this.iterationsOfNewton).mul(-this.learningRate * scale);
    return { change: change.reshape(value.shape), slots: [momentum] };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { learningRate, momentum, iterationsOfNewton } = this;
    return { learningRate, momentum, iterationsOfNewton };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config['learningRate'], config['momentum'], config['iterationsOfNewton']);
  }
}

/** Orthogonalized momentum. One slot a variable; five products of the shorter side's Gram matrix a step. @param momentum μ in [0, 1), 0.95 */
export const muon = (learningRate: number, momentum = 0.95, iterationsOfNewton = 5): MuonOptimizer =>
  new MuonOptimizer(learningRate, momentum, iterationsOfNewton);

export const muonRule: Rule = {
  name: 'muon',
  learning: true,
  description: 'momentum whose singular values are all made about 1 (Newton–Schulz)',
  learningRate: 0.05,
  start: (problem) => learnWith('muon', problem, (rate) => muon(rate)),
};
