import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { Evaluation } from '../../callbacks/evaluation.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

describe.each(['cpu', 'wasm'])('a loss called again on %s', (backend) => {
  guardAgainstLeaks(backend);

  /** The loss as the training computes it, within a gradient, and as it is computed again without one. */
  function twice(loss: (kernel: tf.Tensor2D, bias: tf.Tensor1D) => tf.Scalar): [number, number] {
    const seed = anySeed(1000);
    const kernel = tf.tidy(() => tf.variable(tf.randomNormal([40, 300], 0, 0.3, 'float32', seed)));
    // The fused kernel rounds otherwise only where there is a bias to add.
    const bias = tf.tidy(() => tf.variable(tf.randomNormal([300], 0, 0.5, 'float32', seed + 1)));
    const evaluation = new Evaluation(() => tf.tidy(() => loss(kernel as tf.Tensor2D, bias as tf.Tensor1D)), null);
    const { value, grads } = tf.variableGrads(evaluation.first, [kernel, bias]);
    const first = value.dataSync()[0] as number;
    const again = evaluation.undisturbed((same) => same().dataSync()[0] as number);
    tf.dispose([value, grads, kernel, bias]);
    return [first, again];
  }

  const xs = (): tf.Tensor2D => tf.randomNormal([64, 40], 0, 1, 'float32', 9);

  it('rounds as the training does, which does not fuse a product with its bias and activation', () => {
    const [first, again] = twice((kernel, bias) =>
      tf.fused.matMul({ a: xs(), b: kernel, bias, activation: 'relu' }).square().mean(),
    );
    expect(again).toBe(first);
  });

  it('may take gradients itself, and leaves none of their tape behind', () => {
    const [first, again] = twice((kernel, bias) => {
      const score = (x: tf.Tensor2D): tf.Scalar => tf.tanh(tf.add(tf.matMul(x, kernel), bias)).sum();
      const slope = tf.grad((x) => score(x as tf.Tensor2D))(xs());
      return tf.add(slope.square().mean(), score(xs()).mul(1e-3)).asScalar();
    });
    expect(again).toBe(first);
  });
});
