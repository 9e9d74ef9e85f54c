import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Certificate, monitor, type MonitorOptions } from '../../src/index.js';
import { flatten, hessianAt, lossAt } from '../oracles/float64Networks.js';
import { build, type BuiltNetwork, layerNetworks } from './hessian/layerNetworks.js';
import { anySeed } from '../oracles/seed.js';

const kinds = ['projected', 'midpoint', 'mean-value', 'taylor', 'coordinate-increment'] as const;

let before: tf.MemoryInfo;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory();
});
afterEach(() => {
  const { numTensors, numDataBuffers } = tf.memory();
  expect({ numTensors, numDataBuffers }).toEqual({
    numTensors: before.numTensors,
    numDataBuffers: before.numDataBuffers,
  });
});

const lowest = (hessian: number[][]): number =>
  Math.min(...new EigenvalueDecomposition(new Matrix(hessian), { assumeSymmetric: true }).realEigenvalues);

/** Steps of gradient descent, each with its certificate and the float64 truth of the step. */
async function descend(
  { loss, variables }: Pick<BuiltNetwork, 'loss' | 'variables'>,
  rates: readonly number[],
  options: MonitorOptions = {},
): Promise<{ certificate: Certificate; hessianMin: number; decrease: number; square: number }[]> {
  const watch = monitor({ preset: 'full', stepSize: 'always', window: 0, ...options });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  const truths: { hessianMin: number; decrease: number; square: number }[] = [];
  for (const rate of rates) {
    const theta = flatten(variables);
    const hessianMin = lowest(hessianAt(loss, variables));
    const optimizer = watch.wrap(tf.train.sgd(rate));
    optimizer.minimize(loss, false, variables);
    optimizer.dispose();
    const after = flatten(variables);
    const decrease = lossAt(loss, variables, theta) - lossAt(loss, variables, after);
    truths.push({
      hessianMin,
      decrease,
      square: after.reduce((sum, value, i) => sum + (value - (theta[i] as number)) ** 2, 0),
    });
  }
  await watch.detach();
  return truths.map((truth, i) => ({ ...truth, certificate: certificates[i] as Certificate }));
}

/** The supremum condition in float64: did the loss fall by more than the worst negative curvature could account for? */
const isMet = ({ hessianMin, decrease, square }: { hessianMin: number; decrease: number; square: number }): boolean =>
  decrease > 0 && (hessianMin >= 0 || decrease > (-hessianMin / 2) * square);

describe('the curvature of a step, against a dense float64 Hessian', () => {
  for (const name of ['tanh', 'sigmoid', 'softmax', 'relu', 'elu', 'batch normalization', 'conv2d', 'lstm'])
    it(name, async () => {
      const seed = anySeed();
      const network = build(layerNetworks[name] ?? expect.fail(name), seed);
      // A bound that fails for one start in a hundred would fail here now and then.
      const curvature = { delta: 1e-6 };
      for (const step of await descend(network, [0.02, 0.3, 3], { curvature })) {
        const { stepSize, lossAfter } = step.certificate;
        const { hessianMin, hessianMinLower, productError } = stepSize;
        if (hessianMin === null) {
          expect(['unresolved', 'fails']).toContain(stepSize.state);
          continue;
        }
        const error = productError as number;
        expect(hessianMin, `seed ${seed}`).toBeGreaterThanOrEqual(step.hessianMin - error - 1e-7);
        expect(hessianMinLower, `seed ${seed}`).toBeLessThanOrEqual(step.hessianMin + 1e-7);
        if (stepSize.state === 'holds') expect(isMet(step), `seed ${seed}`).toBe(true);
        if (stepSize.state === 'fails') expect(isMet(step), `seed ${seed}, ${lossAfter}`).toBe(false);
      }
      network.dispose();
    });
});

/** `½ Σ λᵢ xᵢ²`, on which everything is known. */
function quadratic(spectrum: readonly number[], seed: number): BuiltNetwork {
  const eigenvalues = tf.tensor1d([...spectrum]);
  const start = spectrum.map((_, i) => Math.sin(seed + 3 * i) + (i % 2 ? 1.5 : -1.5));
  const x = tf.tidy(() => tf.variable(tf.tensor1d(start)));
  return {
    loss: () =>
      tf.tidy(() =>
        tf
          .sum(tf.mul(eigenvalues, tf.square(x)))
          .div(2)
          .asScalar(),
      ),
    variables: [x],
    dispose: () => tf.dispose([eigenvalues, x]),
  };
}

describe('on a quadratic whose spectrum is known', () => {
  const spectrum = [-0.5, 0.2, 1, 2, 4, 7];

  /** The rate at which `L(θ) − L(θ') = ½ |λ_min| ‖Δθ‖²` for gradient descent. */
  function limit(network: BuiltNetwork): number {
    const x = flatten(network.variables);
    const y = x.map((value, i) => -value * (spectrum[i] as number));
    const yy = y.reduce((sum, value) => sum + value * value, 0);
    const yHy = y.reduce((sum, value, i) => sum + value * value * (spectrum[i] as number), 0);
    return (2 * yy) / (yHy + 0.5 * yy);
  }

  for (const kind of kinds)
    it(`the verdict flips at the rate that theory gives: ${kind}`, async () => {
      const seed = anySeed();
      for (const [factor, state] of [
        [0.5, 'holds'],
        [0.999, 'holds'],
        [1.001, 'fails'],
        [1.5, 'fails'],
      ] as const) {
        const network = quadratic(spectrum, seed);
        const rate = factor * limit(network);
        const [step] = await descend(network, [rate], { discreteGradient: kind });
        const { stepSize } = step?.certificate as Certificate;
        expect(stepSize.state, `seed ${seed}, ${factor}: ${stepSize.reason}`).toBe(state);
        expect(isMet(step as Parameters<typeof isMet>[0])).toBe(state === 'holds');
        network.dispose();
      }
    });

  it('the limits before a step are those of the quadratic itself', async () => {
    const seed = anySeed();
    const network = quadratic(spectrum, seed);
    const theory = limit(network);
    const [step] = await descend(network, [0.9 * theory], { curvature: { products: 6, delta: 1e-6 } });
    const { stepSize } = step?.certificate as Certificate;
    expect(stepSize.etaEffective).toBeGreaterThan(stepSize.etaProspective as number);
    // The Ritz value is above λ_min unless the space was exhausted before the answer was clear.
    expect(stepSize.etaProspective as number).toBeGreaterThanOrEqual(theory * (1 - 1e-4));
    network.dispose();
  });

  it('a warm start tells by an upper bound that the bound is exceeded, and never claims that it is held', async () => {
    const seed = anySeed();
    const wide = Array.from({ length: 60 }, (_, i) => (i === 0 ? -2 : 1 + (3 * i) / 60));
    const network = quadratic(wide, seed);
    const watch = monitor({
      preset: 'full',
      stepSize: 'always',
      window: 0,
      curvature: { warmStart: true, products: 40 },
    });
    const seen: Certificate[] = [];
    watch.certificates$.subscribe((certificate) => seen.push(certificate));
    const optimizer = watch.wrap(tf.train.sgd(0.001));
    for (const rate of [0.001, 0.001, 0.55]) {
      optimizer.setLearningRate(rate);
      optimizer.minimize(network.loss, false, network.variables);
    }
    await watch.detach();
    optimizer.dispose();
    const [cold, warm, long] = seen.map(({ stepSize }) => stepSize);
    expect(cold?.hessianMinLower, `seed ${seed}`).toBeLessThanOrEqual(-2 + 1e-6);
    expect(warm, `seed ${seed}`).toMatchObject({ state: 'unresolved', hessianMinLower: null });
    expect(warm?.reason).toContain('warm start');
    expect(warm?.hessianMin).toBeLessThan((cold?.hessianMin as number) + 1e-3);
    expect(long?.state, `seed ${seed}: ${JSON.stringify(long)}`).toBe('fails');
    expect(long?.hessianMinLower).toBeNull();
    network.dispose();
  });

  it('a convex one has no limit while the loss falls', async () => {
    const network = quadratic([0.5, 1, 3], anySeed());
    const [falls, rises] = await descend(network, [0.1, 0.9]);
    expect(falls?.certificate.stepSize).toMatchObject({ state: 'holds', bound: null, etaMaxSupremum: null });
    expect(rises?.certificate.stepSize.state).toBe('fails');
    network.dispose();
  });

  it('the free forms are there wherever the loss was measured, without a Hessian', async () => {
    const network = quadratic(spectrum, anySeed());
    const [step] = await descend(network, [0.05], { stepSize: 'never' });
    const { stepSize, predictedDecrease, lossBefore, lossAfter } = step?.certificate as Certificate;
    expect(stepSize).toMatchObject({ state: 'skipped', exactCondition: 'holds', hessianMin: null });
    expect(stepSize.shiftedEigenvalue).toBeGreaterThan(0);
    expect(predictedDecrease).toBeGreaterThan((lossBefore as number) - (lossAfter as number));
    network.dispose();
  });
});

describe('the discrete gradient that was asked for', () => {
  for (const kind of kinds)
    it(`is recorded, and makes the metric of a step that climbs but lowers the loss: ${kind}`, async () => {
      // From the far side of a ridge: the gradient points away from where the loss is lower.
      const x = tf.tidy(() => tf.variable(tf.tensor1d([0.2, 0.1])));
      const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.sub(tf.pow(x, 4), tf.square(x))).asScalar());
      const watch = monitor({ preset: 'full', discreteGradient: kind, window: 0 });
      const seen: Certificate[] = [];
      watch.certificates$.subscribe((certificate) => seen.push(certificate));
      await watch.observe({
        loss,
        variables: [x],
        update: () => {
          tf.tidy(() => x.assign(tf.tensor1d([-0.7, 0.05])));
        },
      });
      await watch.detach();
      expect(seen[0]).toMatchObject({ verdict: 'discrete-natural-gradient', discreteGradient: kind });
      expect(seen[0]?.metric?.psi).toBeLessThan(Math.PI / 2);
      x.dispose();
    });
});

describe('nothing is disturbed', () => {
  for (const backend of ['cpu', 'wasm'])
    for (const kind of ['projected', 'taylor', 'mean-value'] as const)
      it(`weights are bit for bit the same with the step size at every step: ${kind}, ${backend}`, async () => {
        await tf.setBackend(backend);
        before = tf.memory();
        const train = async (watched: boolean): Promise<number[]> => {
          const seed = 7;
          const model = tf.sequential({
            layers: [
              tf.layers.dense({
                units: 6,
                inputShape: [4],
                activation: 'tanh',
                kernelInitializer: tf.initializers.glorotNormal({ seed }),
              }),
              tf.layers.batchNormalization(),
              tf.layers.dropout({ rate: 0.3 }),
              tf.layers.dense({
                units: 3,
                activation: 'softmax',
                kernelInitializer: tf.initializers.glorotNormal({ seed: 8 }),
              }),
            ],
          });
          model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
          const xs = tf.randomNormal([16, 4], 0, 1, 'float32', seed);
          const ys = tf.tidy(() => tf.oneHot(tf.range(0, 16, 1, 'int32').mod(tf.scalar(3, 'int32')), 3).toFloat());
          const watch = watched
            ? monitor({ preset: 'full', stepSize: 'always', discreteGradient: kind, curvature: { products: 4 } })
            : null;
          const states: string[] = [];
          watch?.certificates$.subscribe(({ stepSize }) => states.push(stepSize.state));
          // Dropout seeds itself from Math.random: the same stream for both.
          let state = 1;
          const random = Math.random;
          Math.random = () => (state = (state * 16807) % 2147483647) / 2147483647;
          try {
            const { history } = await model.fit(xs, ys, {
              epochs: 2,
              batchSize: 8,
              shuffle: false,
              verbose: 0,
              callbacks: watch ? watch.callback(model) : [],
            });
            const numbers = [
              ...flatten(model.getWeights()),
              ...(history['loss'] as number[]),
              ...(history['acc'] as number[]),
              Math.random(),
            ];
            expect(states).not.toContain('skipped');
            return numbers;
          } finally {
            Math.random = random;
            await watch?.detach();
            model.optimizer.dispose();
            model.dispose();
            tf.dispose([xs, ys]);
          }
        };
        expect(await train(true)).toEqual(await train(false));
      });
});

describe('a page is not blocked', () => {
  /** tfjs counts the layers it makes. */
  const withoutNames = (certificates: readonly Certificate[]): object[] =>
    certificates.map((certificate) => ({ ...certificate, variables: certificate.variables.map(({ psi }) => psi) }));

  /** Trains with dropout on batches that `fit` disposes. */
  async function train(blockingMs: number): Promise<{ certificates: Certificate[]; weights: number[] }> {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 5,
          inputShape: [4],
          activation: 'tanh',
          kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
        }),
        tf.layers.batchNormalization(),
        tf.layers.dropout({ rate: 0.4, seed: 5 }),
        tf.layers.dense({ units: 2, kernelInitializer: tf.initializers.glorotNormal({ seed: 4 }) }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError', metrics: ['mae'] });
    const [xs, ys] = [4, 2].map((width) => tf.randomNormal([24, width], 0, 1, 'float32', width)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const watch = monitor({ preset: 'full', stepSize: { every: 3 }, curvature: { blockingMs }, window: 0 });
    const certificates: Certificate[] = [];
    watch.certificates$.subscribe((certificate) => certificates.push(certificate));
    await model.fit(xs, ys, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0, callbacks: watch.callback(model) });
    const weights = flatten(model.getWeights());
    const tensors = tf.memory().numTensors;
    await watch.detach();
    expect(tf.memory().numTensors).toBe(tensors);
    model.optimizer.dispose();
    model.dispose();
    tf.dispose([xs, ys]);
    return { certificates, weights };
  }

  it('one product a step gives the same certificates, in order, though the batches are disposed meanwhile', async () => {
    const [whole, pieces] = [await train(Number.POSITIVE_INFINITY), await train(0)];
    expect(whole.certificates.filter(({ stepSize }) => stepSize.hessianMin !== null)).toHaveLength(3);
    expect(withoutNames(pieces.certificates)).toEqual(withoutNames(whole.certificates));
    expect(pieces.weights).toEqual(whole.weights);
  });

  it('goes on at the next step, and ends with detach() in a loop that knows no callback', async () => {
    const network = quadratic([-1, 0.5, 1, 2, 3, 4, 5, 6, 7, 8], anySeed());
    const watch = monitor({ preset: 'full', stepSize: { every: 100 }, curvature: { blockingMs: 0 }, window: 0 });
    const steps: number[] = [];
    watch.certificates$.subscribe(({ step }) => steps.push(step));
    const optimizer = watch.wrap(tf.train.sgd(0.01));
    for (let i = 0; i < 3; i++) optimizer.minimize(network.loss, false, network.variables);
    await Promise.resolve();
    expect(steps).toEqual([]);
    await watch.detach();
    expect(steps).toEqual([0, 1, 2]);
    optimizer.dispose();
    network.dispose();
  });
});

describe('never a false claim where differences are wrong', () => {
  it('a ReLU and max-pool network trained to the end', async () => {
    const seed = anySeed();
    const network = build(
      { ...(layerNetworks['conv2d, relu, max pooling'] ?? expect.fail()), loss: 'categoricalCrossentropy' },
      seed,
      12,
    );
    const optimizer = tf.train.adam(0.02);
    for (let i = 0; i < 200; i++) optimizer.minimize(network.loss, false, network.variables);
    optimizer.dispose();
    for (const step of await descend(network, [0.001, 0.1, 1, 10])) {
      const { state, reason } = step.certificate.stepSize;
      if (state === 'holds' || state === 'fails')
        expect(isMet(step), `seed ${seed}: ${reason}`).toBe(state === 'holds');
    }
    network.dispose();
  });
});

describe('trouble is a reason, never an exception in the loop', () => {
  const one = async (loss: (x: tf.Tensor) => tf.Tensor, at: number[], options: MonitorOptions = {}) => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d(at)));
    const [step] = await descend(
      { loss: () => tf.tidy(() => tf.sum(loss(x)).asScalar()), variables: [x] },
      [0.01],
      options,
    );
    x.dispose();
    return (step?.certificate as Certificate).stepSize;
  };

  it('a zero Hessian', async () => {
    expect(await one((x) => tf.mul(x, 2), [1, 2, 3])).toMatchObject({ state: 'holds', bound: null, hessianMin: 0 });
  });

  it('one dimension', async () => {
    expect(await one((x) => tf.neg(tf.square(x)), [0.3])).toMatchObject({ state: 'holds', products: 1 });
  });

  it('no second derivative that is known, and kinks where it would be differenced', async () => {
    const { state, reason } = await one(
      (x) =>
        tf.customGrad((given) => ({
          value: tf.abs(given as tf.Tensor),
          gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.atan(tf.mul(1e6, given as tf.Tensor))),
        }))(x),
      [1e-5, 2e-5, 1e-6],
    );
    expect(['unresolved', 'fails']).toContain(state);
    expect(reason).not.toBe('');
  });

  it('gradients that were handed in, so that the loss is not known', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const watch = monitor({ preset: 'full', stepSize: 'always' });
    const seen: Certificate[] = [];
    watch.certificates$.subscribe((certificate) => seen.push(certificate));
    const optimizer = watch.wrap(tf.train.sgd(0.1));
    tf.tidy(() => {
      optimizer.applyGradients({ [x.name]: tf.tensor1d([1, 1]) });
    });
    await watch.detach();
    expect(seen[0]?.stepSize).toMatchObject({ state: 'unresolved', hessianMin: null });
    expect(seen[0]?.stepSize.reason).toContain('applyGradients');
    optimizer.dispose();
    x.dispose();
  });

  it('options are named', () => {
    const wrong =
      (curvature: object): (() => unknown) =>
      () =>
        monitor({ curvature });
    expect(wrong({ products: 0 })).toThrow('`curvature.products` to be an integer >= 1, got 0');
    expect(wrong({ delta: 1 })).toThrow('`curvature.delta` to be a number in (0, 1), got 1');
    expect(wrong({ keep: 'all' })).toThrow('`curvature.keep`');
  });
});
