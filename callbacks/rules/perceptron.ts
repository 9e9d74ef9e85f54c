import * as tf from '@tensorflow/tfjs';
import { expectKnown } from '../../src/expectKnown.js';
import { draws } from './draws.js';
import { requireNumber, requireThat } from './requirement.js';

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
  /** `[examples, classes]`, rows that sum to 1, as many as `inputs` has; stays the caller's. */
  readonly targets: tf.Tensor2D;
  /** Units of the layers in between, each at least 1. */
  readonly hidden: readonly number[];
  /** An integer. */
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

  /** @throws TypeError that says which option, what was expected and what was received */
  constructor(options: PerceptronOptions) {
    checkOptions(options);
    const { inputs, targets, hidden, seed, name = '' } = options;
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

function checkOptions(options: PerceptronOptions): void {
  const who = 'Perceptron';
  expectKnown(who, options, ['inputs', 'targets', 'hidden', 'seed', 'name']);
  const { inputs, targets, hidden, seed, name = '' } = options;
  const isMatrix = (value: unknown): boolean =>
    value instanceof tf.Tensor && value.rank === 2 && value.size > 0 && !value.isDisposed;
  const isWidth = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
  const filled = 'of at least one of each';
  requireThat(who, 'inputs', inputs, `a tensor [examples, inputs] ${filled}`, isMatrix(inputs));
  requireThat(who, 'targets', targets, `a tensor [examples, classes] ${filled}`, isMatrix(targets));
  const [examples] = inputs.shape;
  requireThat(who, 'targets', targets, `of ${examples} examples, as \`inputs\` is`, targets.shape[0] === examples);
  const widths: unknown = hidden;
  requireThat(who, 'hidden', widths, 'a list of integers >= 1', Array.isArray(widths));
  // Not `forEach`, which passes over holes.
  for (const [l, units] of hidden.entries())
    requireNumber(who, `hidden[${String(l)}]`, units, 'an integer >= 1', isWidth(units));
  requireNumber(who, 'seed', seed, 'an integer', Number.isInteger(seed));
  requireThat(who, 'name', name, 'a string', typeof name === 'string');
}
