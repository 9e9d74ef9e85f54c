import * as tf from '@tensorflow/tfjs';
import { draws } from './draws.js';

/** One layer: `tanh(x W + b)`, the last one without tanh. */
export interface PerceptronLayer {
  /** `[inputs, units]`. */
  readonly kernel: tf.Variable<tf.Rank.R2>;
  /** `[units]`. */
  readonly bias: tf.Variable<tf.Rank.R1>;
}

export interface PerceptronOptions {
  /** `[examples, inputs]`; stays the caller's. */
  readonly inputs: tf.Tensor2D;
  /** `[examples, classes]`, rows that sum to 1; stays the caller's. */
  readonly targets: tf.Tensor2D;
  /** Units of the layers in between. */
  readonly hidden: readonly number[];
  readonly seed: number;
  /** Is put before the variables' names. @default none */
  readonly name?: string;
}

/** What a pass forward leaves behind. */
export interface ForwardPass {
  /** The inputs of each layer, `[examples, inputs of the layer]`. */
  readonly inputs: readonly tf.Tensor2D[];
  /** `[examples, classes]`. */
  readonly logits: tf.Tensor2D;
}

/**
 * A multilayer perceptron on a fixed batch: tanh in between, softmax at the end, mean cross-entropy in nats. Small and open, for
 * rules that look inside the network they train.
 */
export class Perceptron {
  readonly inputs: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  readonly layers: readonly PerceptronLayer[];

  constructor({ inputs, targets, hidden, seed, name = '' }: PerceptronOptions) {
    this.inputs = inputs;
    this.targets = targets;
    const { normals } = draws(seed);
    const sizes = [inputs.shape[1], ...hidden, targets.shape[1]];
    this.layers = sizes.slice(1).map((units, l) => {
      const fanIn = sizes[l] as number;
      const values = normals(fanIn * units).map((value) => value / Math.sqrt(fanIn));
      const layer = `${name}layer${String(l + 1)}`;
      return tf.tidy(() => ({
        kernel: tf.variable(tf.tensor2d(values, [fanIn, units]), true, `${layer}/kernel`),
        bias: tf.variable(tf.zeros<tf.Rank.R1>([units]), true, `${layer}/bias`),
      }));
    });
  }

  /** Kernel and bias of each layer, in order. */
  get variables(): tf.Variable[] {
    return this.layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  }

  /** @param noise is added before the tanh of each layer, `[examples, units]` each. */
  forward(noise?: readonly tf.Tensor2D[]): ForwardPass {
    const inputs: tf.Tensor2D[] = [];
    let x = this.inputs;
    this.layers.forEach(({ kernel, bias }, l) => {
      inputs.push(x);
      const clean: tf.Tensor2D = x.matMul(kernel).add(bias);
      const sum = noise ? clean.add<tf.Tensor2D>(noise[l] as tf.Tensor2D) : clean;
      x = l === this.layers.length - 1 ? sum : sum.tanh();
    });
    return { inputs, logits: x };
  }

  readonly loss = (): tf.Scalar =>
    tf.tidy(() => tf.losses.softmaxCrossEntropy(this.targets, this.forward().logits).asScalar());

  dispose(): void {
    tf.dispose(this.variables);
  }
}
