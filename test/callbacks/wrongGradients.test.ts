import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '../../callbacks/wasmGradients.js';
import { describe, expect, it } from 'vitest';
import { type Certificate, certifyOnAverage, monitor } from '../../src/index.js';
import { WrongGradients } from '../../callbacks/wrongGradients.js';
import { nodeMissing, skipNode } from '../backends/nodeBackend.js';
import { gradientSurvey, misjudged } from '../oracles/gradientSurvey.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const anotherGradient = /another gradient.*average pooling.*padding/;

describe.each([
  ['cpu', '', false],
  ['wasm', '', false],
  ['tensorflow', nodeMissing === null ? '' : ` (${nodeMissing})`, skipNode],
] as const)('on %s%s', (backend, _, skip) => {
  it.skipIf(skip)('a kernel’s gradient is the slope of what it computes, or it is said that it is not', async () => {
    const seed = anySeed();
    await tf.ready();
    const found = await gradientSurvey(backend, seed);
    expect(found.length).toBeGreaterThan(250);
    expect(misjudged(backend, found, 1e-4), `seed ${seed}`).toEqual([]);
    expect(found.filter(({ told }) => told !== null).length).toBeGreaterThan(5);
  });
});

/** Certificates of four steps of a small network of images. */
async function trained(layers: readonly tf.layers.Layer[], backend = 'cpu'): Promise<Certificate[]> {
  const seed = anySeed();
  await tf.setBackend(backend);
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 2,
        kernelSize: 2,
        inputShape: [6, 6, 1],
        kernelInitializer: tf.initializers.randomNormal({ stddev: 0.5, seed }),
      }),
      ...layers,
      tf.layers.flatten(),
      tf.layers.dense({
        units: 3,
        activation: 'softmax',
        kernelInitializer: tf.initializers.randomNormal({ stddev: 0.3, seed: seed + 1 }),
      }),
    ],
  });
  const optimizer = tf.train.sgd(0.05);
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const xs = tf.randomNormal([8, 6, 6, 1], 0, 1, 'float32', seed + 2);
  const ys = tf.tensor2d([0, 1, 2, 0, 1, 2, 0, 1], [8, 1]);
  const watch = monitor({ preset: 'full', stepSize: 'always' });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((each) => certificates.push(each));
  await model.fit(xs, ys, {
    epochs: 4,
    batchSize: 8,
    shuffle: false,
    verbose: 0,
    callbacks: watch.callback(model),
  });
  await watch.detach();
  tf.dispose([xs, ys]);
  model.dispose();
  optimizer.dispose();
  expect(certificates).toHaveLength(4);
  return certificates;
}

/** Certificates of steps of gradient descent on these backends, one after the other. */
async function descended(
  loss: () => tf.Scalar,
  weight: tf.Variable,
  rate: number,
  backends: readonly string[],
): Promise<Certificate[]> {
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((each) => certificates.push(each));
  const optimizer = watch.wrap(tf.train.sgd(rate));
  for (const backend of backends) {
    await tf.setBackend(backend);
    optimizer.minimize(loss, false, [weight]);
  }
  await watch.detach();
  optimizer.dispose();
  return certificates;
}

describe('a training through such a kernel', () => {
  guardAgainstLeaks();

  it('claims nothing of its gradient, and what its losses show', async () => {
    const pool = tf.layers.averagePooling2d({ poolSize: 2, padding: 'same' });
    for (const { alignment, stepSize, effective, discreteGradient, verdict } of await trained([pool])) {
      for (const { state, reason } of [alignment, stepSize]) {
        expect(reason).toMatch(anotherGradient);
        expect(state).toBe('unresolved');
      }
      expect(effective.state, effective.reason).toBe('holds');
      // A loss that fell is enough for one, whatever y it is made of.
      expect(verdict).toBe('discrete-natural-gradient');
      expect(discreteGradient).toBe('projected');
    }
  });

  it('whose windows stay out of the padding claims as ever, whatever its metrics are rounded to', async () => {
    const pool = tf.layers.averagePooling2d({ poolSize: 2, padding: 'valid' });
    for (const { alignment, stepSize } of await trained([pool])) {
      expect(alignment.state, alignment.reason).toBe('holds');
      expect(stepSize.state, stepSize.reason).toBe('holds');
    }
  });

  it('where it is wrong for the numbers of a step only, is open at those', async () => {
    const pool = () => tf.layers.maxPooling2d({ poolSize: 2, strides: 1 });
    for (const backend of ['cpu', 'wasm']) {
      const behind = await trained([tf.layers.reLU(), pool()], backend);
      const before = await trained([pool(), tf.layers.reLU()], backend);
      expect(behind.map(({ alignment }) => alignment.state)).toEqual(Array<string>(4).fill('holds'));
      for (const { alignment } of before)
        if (backend === 'cpu') expect(alignment.state).toBe('holds');
        else
          expect(alignment).toMatchObject({
            state: 'unresolved',
            reason: expect.stringMatching(/max pooling/) as string,
          });
    }
    await tf.setBackend('cpu');
  });

  it('is told of on the backend that it runs on, by one optimizer too', async () => {
    const seed = anySeed();
    const weight = tf.tidy(() => tf.variable(tf.randomNormal([1, 5, 5, 1], -3, 0.5, 'float32', seed)));
    const loss = () =>
      tf.tidy(() =>
        tf
          .maxPool(weight as tf.Tensor4D, 2, 2, 'valid')
          .square()
          .sum()
          .asScalar(),
      );
    const certificates = await descended(loss, weight, 0.01, ['cpu', 'cpu', 'wasm', 'wasm', 'cpu', 'cpu']);
    weight.dispose();
    expect(certificates.map(({ alignment }) => alignment.state)).toEqual([
      'holds',
      'holds',
      'unresolved',
      'unresolved',
      'holds',
      'holds',
    ]);
  });

  it('of data that are prepared within the loss is none', async () => {
    const seed = anySeed();
    const data = tf.randomNormal<tf.Rank.R4>([2, 4, 4, 1], 0, 1, 'float32', seed);
    const weight = tf.tidy(() => tf.variable(tf.randomNormal([64, 1], 0, 1, 'float32', seed + 1)));
    const loss = () =>
      tf.tidy(() => {
        const large = tf.image.resizeBilinear(
          tf.mirrorPad(
            data,
            [
              [0, 0],
              [1, 1],
              [1, 1],
              [0, 0],
            ],
            'reflect',
          ),
          [8, 8],
          false,
          true,
        );
        return large
          .reshape([2, 64])
          .matMul(weight as tf.Tensor2D)
          .square()
          .mean()
          .asScalar();
      });
    const certificates = await descended(loss, weight, 0.001, ['cpu', 'cpu', 'cpu']);
    tf.dispose([data, weight]);
    expect(certificates.map(({ alignment }) => alignment.state)).toEqual(['holds', 'holds', 'holds']);
  });

  it.each(['max', 'min'] as const)('of a %s is told of where entries share it, along any axes', async (name) => {
    const seed = anySeed();
    for (const axis of [undefined, 0, -1, [0, 1], [-1, 0]])
      for (const shared of [false, true]) {
        const weight = tf.tidy(() => tf.variable(tf.randomNormal([3, 4, 2], 0, 1, 'float32', seed)));
        const loss = () =>
          tf.tidy(() => {
            const entries = shared ? tf.concat([weight, weight, weight], -1).concat([weight.tile([1, 1, 3])]) : weight;
            return tf[name](entries, axis).square().sum().asScalar();
          });
        const [certificate] = await descended(loss, weight, 0.01, ['cpu']);
        weight.dispose();
        const told = `seed ${seed}, ${String(axis)}`;
        expect(certificate?.alignment.state, told).toBe(shared ? 'unresolved' : 'holds');
        expect(/several entries share/.test(certificate?.alignment.reason ?? ''), told).toBe(shared);
      }
  });

  it('and a kernel that can’t be looked at leaves the training alone', () => {
    const wrong = new WrongGradients(false);
    const [x, output] = [tf.ones([2, 2]), tf.ones([2])];
    wrong.note('Max', { x }, { reductionIndices: [7] }, output);
    expect(wrong.found).toBe(true);
    tf.dispose([x, output]);
  });

  it('claims nothing on average', async () => {
    const seed = anySeed();
    const weight = tf.tidy(() => tf.variable(tf.randomNormal([1, 5, 5, 1], 0, 1, 'float32', seed)));
    const loss = (padding: 'same' | 'valid') => () =>
      tf.tidy(() =>
        tf
          .avgPool(weight as tf.Tensor4D, 2, 2, padding)
          .square()
          .sum()
          .asScalar(),
      );
    for (const padding of ['same', 'valid'] as const) {
      const wrong = padding === 'same';
      const average = await certifyOnAverage({
        loss: loss(padding),
        variables: [weight],
        draw: () => {
          const { value, grads } = tf.variableGrads(loss(padding), [weight]);
          value.dispose();
          weight.assign(weight.sub((grads[weight.name] as tf.Tensor).mul(0.01 * (1 + 0.1 * Math.random()))));
        },
        draws: 4,
      });
      expect(average.averageNaturalGradient.state === 'holds').toBe(!wrong);
      if (wrong) expect(average.averageNaturalGradient.reason).toMatch(anotherGradient);
    }
    weight.dispose();
  });
});
