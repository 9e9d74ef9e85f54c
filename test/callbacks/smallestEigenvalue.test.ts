import * as tf from '@tensorflow/tfjs';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { smallestEigenvalue, type SmallestEigenvalueOptions } from '../../callbacks/smallestEigenvalue.js';
import { hessianAt } from '../oracles/float64Networks.js';
import { build, layerNetworks } from './hessian/layerNetworks.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

guardAgainstLeaks();

const lowest = (hessian: number[][]): number =>
  Math.min(...new EigenvalueDecomposition(new Matrix(hessian), { assumeSymmetric: true }).realEigenvalues);

async function ofFunction(f: (x: tf.Tensor1D) => tf.Tensor, at: number[], options?: SmallestEigenvalueOptions) {
  const x = tf.tidy(() => tf.variable(tf.tensor1d(at)));
  const loss = (): tf.Scalar => tf.tidy(() => tf.sum(f(x as tf.Tensor1D)).asScalar());
  const result = await smallestEigenvalue(loss, [x], options);
  const truth = result.ritzValue === null ? Number.NaN : lowest(hessianAt(loss, [x]));
  x.dispose();
  return { ...result, truth };
}

/** Neither end claims more than float64 allows: the Ritz value within its error of a Rayleigh quotient, the bound below. */
function agrees(
  { ritzValue, lowerBound, productError, residual, truth, reason }: Awaited<ReturnType<typeof ofFunction>>,
  seed: number,
) {
  expect(ritzValue, `seed ${seed}: ${reason}`).not.toBeNull();
  expect(ritzValue as number).toBeGreaterThanOrEqual(truth - (productError as number) - 1e-9);
  expect(lowerBound as number, `seed ${seed}`).toBeLessThanOrEqual(truth + 1e-9);
  expect(residual).toBeGreaterThanOrEqual(0);
}

describe('losses that no layer made, against dense float64 Hessians', () => {
  const part = (x: tf.Tensor, i: number): tf.Tensor => tf.slice(x, i, 1);
  const functions: Record<string, (x: tf.Tensor1D) => tf.Tensor> = {
    'a saddle, x² − y²': (x) => tf.sub(tf.square(part(x, 0)), tf.square(part(x, 1))),
    Rosenbrock: (x) =>
      tf.add(tf.square(tf.sub(1, part(x, 0))), tf.mul(100, tf.square(tf.sub(part(x, 1), tf.square(part(x, 0)))))),
    'a quartic': (x) => tf.sub(tf.pow(x, 4), tf.mul(tf.square(x), tf.reverse(x, 0))),
    'a matrix factorization': (x) =>
      tf.square(tf.sub(tf.matMul(tf.reshape(part(x, 0), [1, 1]), tf.reshape(part(x, 1), [1, 1])), 3)),
    'a quadratic': (x) => tf.mul(tf.square(x), tf.range(-1, -1 + x.size, 1)),
  };
  for (const [name, f] of Object.entries(functions))
    it(name, async () => {
      const seed = anySeed();
      const at = [0, 1].map((i) => Math.sin(seed + 2 * i) * 1.5);
      const result = await ofFunction(f, at, { products: 8, seed });
      agrees(result, seed);
      // Two dimensions are exhausted: nothing but rounding is between the two.
      expect((result.ritzValue as number) - (result.lowerBound as number)).toBeLessThan(
        1e-3 * (1 + Math.abs(result.truth) * 1000),
      );
      expect(Math.abs((result.ritzValue as number) - result.truth)).toBeLessThanOrEqual(
        (result.productError as number) + 1e-9,
      );
    });

  it('a quadratic of many dimensions whose spectrum is known', async () => {
    const seed = anySeed();
    const spectrum = Array.from({ length: 200 }, (_, i) => -0.5 + 4 * Math.sin(i) ** 2);
    const { ritzValue, lowerBound, productError, products } = await ofFunction(
      (x) => tf.mul(0.5, tf.mul(tf.square(x), tf.tensor1d(spectrum))),
      spectrum.map((_, i) => Math.cos(seed + i)),
      { products: 40, delta: 0.001, seed },
    );
    const truth = Math.min(...spectrum);
    expect(products).toBeLessThanOrEqual(40);
    expect(ritzValue as number).toBeGreaterThanOrEqual(truth - (productError as number));
    expect(ritzValue as number).toBeLessThan(truth + 0.05);
    expect(lowerBound as number, `seed ${seed}`).toBeLessThanOrEqual(truth);
    expect(lowerBound as number).toBeGreaterThan(truth - 0.5);
  });
});

describe('networks, against dense float64 Hessians', () => {
  for (const name of ['tanh', 'sigmoid', 'softmax', 'relu', 'elu', 'batch normalization', 'conv2d', 'lstm'])
    it(name, async () => {
      const seed = anySeed();
      const { loss, variables, dispose } = build(layerNetworks[name] ?? expect.fail(name), seed);
      const result = await smallestEigenvalue(loss, variables, { products: 25, delta: 0.001, seed });
      agrees({ ...result, truth: lowest(hessianAt(loss, variables)) }, seed);
      dispose();
    });
});

describe('numerical trouble is a reason', () => {
  it('a zero Hessian', async () => {
    const { ritzValue, lowerBound, products, reason } = await ofFunction((x) => tf.mul(x, 2), [1, 2, 3]);
    expect(ritzValue).toBeCloseTo(0, 12);
    expect(lowerBound).toBeCloseTo(0, 12);
    expect(products).toBe(1);
    expect(reason).toContain('exhausted');
  });

  it('one dimension', async () => {
    const { ritzValue, lowerBound, productError, products } = await ofFunction((x) => tf.neg(tf.square(x)), [0.3]);
    expect(products).toBe(1);
    expect(Math.abs((ritzValue as number) + 2)).toBeLessThanOrEqual(productError as number);
    expect(lowerBound as number).toBeLessThanOrEqual(-2);
  });

  it('few products bound little, and more of them more', async () => {
    const widths: number[] = [];
    for (const products of [2, 4, 8]) {
      const at = Array.from({ length: 40 }, (_, i) => Math.sin(i));
      const { ritzValue, lowerBound, truth } = await ofFunction((x) => tf.pow(x, 4), at, { products, seed: anySeed() });
      expect(lowerBound).toBeLessThanOrEqual(truth + 1e-9);
      widths.push((ritzValue as number) - (lowerBound as number));
    }
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
  });

  it('a warm start is offered, and its bound is not', async () => {
    const x = tf.tidy(() => tf.variable(tf.linspace(-1, 2, 30)));
    const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.pow(x, 4)).sub(tf.square(x).sum()).asScalar());
    const cold = await smallestEigenvalue(loss, [x], { products: 12, vector: true });
    const warm = await smallestEigenvalue(loss, [x], { products: 3, start: cold.vector as Float64Array });
    const frugal = await smallestEigenvalue(loss, [x], { products: 12, vector: true, keep: 'two-pass' });
    expect(warm.ritzValue).toBeLessThanOrEqual((cold.ritzValue as number) + 1e-4);
    expect([warm.lowerBound, warm.vector]).toEqual([null, undefined]);
    expect(warm.reason).toContain('the start was given');
    expect(frugal.ritzValue).toBeCloseTo(cold.ritzValue as number, 4);
    await expect(smallestEigenvalue(loss, [x], { start: new Float64Array(7) })).rejects.toThrow(/`start`.*30.*7/);
    x.dispose();
  });

  it('a loss that is not finite, one that throws, one without a second derivative', async () => {
    const nothing = { ritzValue: null, lowerBound: null, residual: null, products: 0, productError: null };
    expect(await ofFunction(tf.log, [-1, 2])).toMatchObject({ ...nothing, reason: 'the loss is NaN' });
    expect(await ofFunction((x) => tf.exp(tf.mul(x, 1000)), [1, 2])).toMatchObject({
      ...nothing,
      reason: 'the loss is Infinity',
    });
    expect((await ofFunction(() => expect.fail('broken'), [1, 2])).reason).toContain('broken');
    expect((await ofFunction((x) => tf.mul(x, tf.cast(tf.greater(x, 0), 'float32')), [1, 2])).reason).toContain(
      'Greater',
    );
  });
});

describe('misuse is named', () => {
  it('options', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1])));
    const loss = (): tf.Scalar => tf.sum(x).asScalar();
    await expect(smallestEigenvalue(loss, [x], { products: 0 })).rejects.toThrow(
      'option `products` to be an integer >= 1, got 0 (number)',
    );
    await expect(smallestEigenvalue(loss, [x], { delta: 1 })).rejects.toThrow('option `delta`');
    await expect(smallestEigenvalue(loss, [x], { seed: 0.5 })).rejects.toThrow('option `seed`');
    await expect(smallestEigenvalue(loss, [x], { product: 3 } as never)).rejects.toThrow('`product`');
    await expect(smallestEigenvalue(loss, [])).rejects.toThrow('smallestEigenvalue: expected `variables`');
    x.dispose();
  });
});
