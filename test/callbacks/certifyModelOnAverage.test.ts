import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certifyModelOnAverage, monitor } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();

let model: tf.Sequential;
let data: [xs: tf.Tensor, ys: tf.Tensor];

function network(optimizer: tf.Optimizer, regularized = false): tf.Sequential {
  const kernelRegularizer = regularized ? tf.regularizers.l2({ l2: 0.01 }) : undefined;
  const init = (offset: number) => tf.initializers.glorotNormal({ seed: seed + offset });
  const built = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 6,
        inputShape: [3],
        activation: 'tanh',
        kernelInitializer: init(0),
        ...(kernelRegularizer && { kernelRegularizer }),
      }),
      ...(regularized ? [tf.layers.dropout({ rate: 0.3 }), tf.layers.batchNormalization()] : []),
      tf.layers.dense({ units: 1, kernelInitializer: init(1) }),
    ],
  });
  built.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
  return built;
}

const bits = (tensors: readonly tf.Tensor[]): number[][] =>
  tensors.map((tensor) => Array.from(new Uint32Array(tensor.dataSync().slice().buffer)));

beforeEach(async () => {
  await tf.setBackend('cpu');
  data = tf.tidy(() => {
    const xs = tf.randomNormal([80, 3], 0, 1, 'float32', seed);
    return [xs, xs.square().sum(1)];
  });
});
afterEach(() => {
  model.dispose();
  tf.dispose(data);
});

/** Certifies, and sees to it that no tensor is left over. */
const certified: typeof certifyModelOnAverage = async (...given) => {
  const held = (): number[] => [tf.memory().numTensors, tf.memory().numDataBuffers];
  const before = held();
  try {
    return await certifyModelOnAverage(...given);
  } finally {
    expect(held()).toEqual(before);
  }
};

describe('certifyModelOnAverage', () => {
  it('certifies minibatches of a compiled model', async () => {
    model = network(tf.train.sgd(0.01));
    const seen: number[] = [];
    const certificate = await certified(model, ...data, {
      batchSize: 16,
      draws: 60,
      onProgress: ({ draws }) => seen.push(draws),
    });
    const { effectiveOnAverage, averageNaturalGradient, lossBefore, learningRate, metric } = certificate;
    expect([effectiveOnAverage.state, averageNaturalGradient.state], `seed ${seed}`).toEqual(['holds', 'holds']);
    expect(learningRate).toBe(0.01);
    expect(seen).toEqual(Array.from({ length: certificate.draws }, (_, i) => i + 1));
    expect(metric!.dimension).toBe(31);
    // The loss is what evaluate says.
    const evaluated = tf.tidy(() =>
      (model.evaluate(data[0], data[1]) as tf.Scalar[]).map((each) => each.dataSync()[0]!),
    );
    expect(lossBefore).toBeCloseTo(evaluated[0]!, 4);
    // The whole set as a minibatch is gradient descent itself: one geometry, the same in each draw.
    const whole = await certified(model, ...data, { batchSize: 80, draws: 30, stop: 'never' });
    expect(whole.metric!.psi).toBeLessThan(0.2);
    expect(whole.averageNaturalGradient.state).toBe('holds');
  });

  it('gives the same certificate for the same seed', async () => {
    model = network(tf.train.sgd(0.01));
    const [a, b, c] = [
      await certified(model, ...data, { draws: 5, seed: 3 }),
      await certified(model, ...data, { draws: 5, seed: 3 }),
      await certified(model, ...data, { draws: 5, seed: 4 }),
    ];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it.each(['adam', 'rmsprop', 'momentum'] as const)(
    'leaves no trace in training with %s, dropout and averages',
    async (kind) => {
      const make = (): tf.Optimizer => (kind === 'momentum' ? tf.train.momentum(0.01, 0.9) : tf.train[kind](0.01));
      const train = async (certifying: boolean): Promise<unknown> => {
        const optimizer = make();
        const trained = network(optimizer, true);
        const { random } = Math;
        let state = seed % 1000;
        Math.random = () => (state = (state * 16807 + 11) % 2147483647) / 2147483647;
        try {
          const watch = monitor({ window: 0 });
          for (let epoch = 0; epoch < 2; epoch++) {
            if (certifying) await certified(trained, ...data, { draws: 4, batchSize: 8 });
            await trained.fit(...data, {
              epochs: 1,
              batchSize: 40,
              shuffle: false,
              verbose: 0,
              callbacks: watch.callback(trained),
            });
          }
          await watch.detach();
          const moments = await optimizer.getWeights();
          const found = {
            weights: bits(trained.getWeights()),
            moments: bits(moments.map(({ tensor }) => tensor)),
            iterations: optimizer.iterations,
            state,
          };
          tf.dispose(moments.map(({ tensor }) => tensor));
          return found;
        } finally {
          Math.random = random;
          trained.dispose();
          optimizer.dispose();
        }
      };
      expect(await train(true)).toEqual(await train(false));
      model = network(tf.train.sgd(0.1));
    },
  );

  it('refuses by name', async () => {
    model = network(tf.train.sgd(0.01));
    const bare = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });
    await expect(certified(bare, ...data)).rejects.toThrow(/expected `model` to be compiled/);
    bare.dispose();
    const [xs, ys] = data;
    await expect(certified({} as tf.LayersModel, xs, ys)).rejects.toThrow(/expected `model` to be a tf.LayersModel/);
    await expect(certified(model, xs, ys, { batchSize: 81 })).rejects.toThrow(
      /`batchSize` to be an integer from 1 to 80, got 81/,
    );
    await expect(certified(model, xs, ys, { draws: 1 })).rejects.toThrow(
      /certifyModelOnAverage: expected option `draws`/,
    );
    await expect(certified(model, [xs, xs], ys)).rejects.toThrow(/`xs` to be 1 tensor/);
    const few = tf.tidy(() => ys.slice(0, 3));
    await expect(certified(model, xs, few)).rejects.toThrow(/as many examples/);
    few.dispose();
    await expect(certified(model, xs, ys, { size: 3 } as object)).rejects.toThrow(/got `size`/);
  });
});
