import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactProduct } from '../../../callbacks/hessian/exactProduct.js';
import { kernelRules } from '../../../callbacks/hessian/kernelRules.js';
import { constantKernels } from '../../../callbacks/hessian/rules/constants.js';
import { hessianSupport } from '../../../callbacks/hessian/support.js';
import { flatten, gradientAt, lossAt, productAt } from '../../oracles/float64Networks.js';
import { build, layerNetworks } from './layerNetworks.js';
import { operations } from './operations.js';
import { anySeed } from '../../oracles/seed.js';

const followed = new Set<string>();
const length = (vector: readonly number[]): number => Math.hypot(...vector);
const distance = (u: readonly number[], v: readonly number[]): number =>
  length(u.map((value, i) => value - (v[i] as number)));

/** Compares a product, and the slope, with float64; returns the relative error. */
function compare(loss: () => tf.Scalar, variables: tf.Variable[], seed: number): number {
  const vectors = variables.map((variable, i) => tf.randomNormal(variable.shape, 0, 1, 'float32', seed + i));
  const before = tf.memory();
  const result = exactProduct({ loss, variables }, vectors);
  const product = flatten(result.product);
  const gradient = flatten(result.gradient);
  const slope = Number(result.slope.dataSync()[0]);
  const { value, ...rest } = result;
  tf.dispose([value, rest.gradient, rest.product, rest.slope]);
  const direction = flatten(vectors);
  expect([...result.unknown]).toEqual([]);
  for (const kernel of result.followed) followed.add(kernel);
  const want = productAt(loss, variables, direction);
  const dot = gradient.reduce((sum, part, i) => sum + part * (direction[i] as number), 0);
  expect(Math.abs(slope - dot)).toBeLessThan(1e-5 * length(gradient) * length(direction) + 1e-6);
  expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  tf.dispose(vectors);
  // What is compared is relative to the Hessian's size, or to that of the gradient where there is no curvature.
  return distance(product, want) / Math.max(length(want), 0.01 * length(gradient), 0.02);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the derivative of the gradient, against differences of float64 gradients', () => {
  for (const [name, network] of Object.entries(layerNetworks))
    it(`of layers: ${name}`, () => {
      const seed = anySeed(1000);
      const before = tf.memory();
      const { loss, variables, dispose } = build(network, seed);
      expect(compare(loss, variables, seed), `seed ${seed}`).toBeLessThan(2e-5);
      dispose();
      expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    });

  for (const [name, operation] of Object.entries(operations))
    it(`of operations: ${name}`, () => {
      const seed = anySeed(1000);
      const before = tf.memory();
      const x = tf.tidy(() => {
        const away = tf.mul(
          tf.sign(tf.randomNormal([3, 4], 0, 1, 'float32', seed)),
          tf.randomUniform([3, 4], 0.15, 0.9, 'float32', seed),
        );
        return tf.variable(away as tf.Tensor2D);
      });
      const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.square(tf.add(operation(x as tf.Tensor2D), 0.4))));
      expect(compare(loss, [x], seed), `seed ${seed}`).toBeLessThan(2e-5);
      x.dispose();
      expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    });

  it('has an oracle whose gradients are those of its losses', () => {
    const { loss, variables, dispose } = build(layerNetworks['lstm'] ?? expect.fail(), 3);
    const theta = flatten(variables);
    const direction = theta.map((_, i) => Math.sin(i + 1));
    const at = (h: number): number =>
      lossAt(
        loss,
        variables,
        theta.map((value, i) => value + h * (direction[i] as number)),
      );
    const slope = gradientAt(loss, variables, theta).reduce((sum, part, i) => sum + part * (direction[i] as number), 0);
    expect((at(1e-5) - at(-1e-5)) / 2e-5).toBeCloseTo(slope, 7);
    expect(flatten(variables)).toEqual(theta);
    dispose();
  });

  afterAll(() => {
    // What is constant moves nothing: there is no derivative to compare.
    const moving = Object.keys(kernelRules).filter((kernel) => !(kernel in constantKernels));
    expect(moving.filter((kernel) => !followed.has(kernel))).toEqual([]);
  });
});

describe('hessianSupport', () => {
  it('says exact of what has a rule and a kernel, and names what a backend lacks', () => {
    const support = new Map(hessianSupport('cpu').map((row) => [row.op, row.status]));
    expect(support.get('Tanh')).toBe('exact');
    expect(support.get('Cumprod')).toBe('differences');
    const onWasm = new Map(hessianSupport('wasm').map((row) => [row.op, row.status]));
    expect(onWasm.get('Conv2DBackpropFilter')).toBe('unsupported');
    expect(onWasm.get('Conv2D')).toBe('exact');
    expect(hessianSupport('nowhere').every(({ status }) => status === 'unsupported')).toBe(true);
  });
});
