import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { monitor } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

/** A private generator, so that both runs start from the same state of `Math.random`. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

const seeded = (seed: number) => tf.initializers.glorotNormal({ seed });
const dense = (units: number, seed: number, rest: object = {}) =>
  tf.layers.dense({ units, kernelInitializer: seeded(seed), ...rest });

const models: Record<string, () => tf.Sequential> = {
  relu: () =>
    tf.sequential({
      layers: [dense(12, 1, { activation: 'relu', inputShape: [16] }), dense(3, 2, { activation: 'softmax' })],
    }),
  tanh: () =>
    tf.sequential({
      layers: [dense(12, 1, { activation: 'tanh', inputShape: [16] }), dense(3, 2, { activation: 'softmax' })],
    }),
  dropout: () =>
    tf.sequential({
      layers: [
        dense(12, 1, { activation: 'relu', inputShape: [16] }),
        tf.layers.dropout({ rate: 0.4 }),
        dense(3, 2, { activation: 'softmax' }),
      ],
    }),
  'batch norm, noise, L2': () =>
    tf.sequential({
      layers: [
        dense(12, 1, { inputShape: [16], kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
        tf.layers.batchNormalization(),
        tf.layers.gaussianNoise({ stddev: 0.1 }),
        dense(3, 2, { activation: 'softmax' }),
      ],
    }),
  cnn: () =>
    tf.sequential({
      layers: [
        tf.layers.reshape({ targetShape: [4, 4, 1], inputShape: [16] }),
        tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', kernelInitializer: seeded(3) }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        dense(3, 2, { activation: 'softmax' }),
      ],
    }),
};

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  rmsprop: () => tf.train.rmsprop(0.01),
};

interface Outcome {
  weights: number[][];
  history: unknown;
  logs: unknown[];
  random: number;
  tensors: number;
  buffers: number;
  verdicts: number;
}

async function train(
  model: string,
  optimizer: string,
  how: 'alone' | 'callback' | 'wrap',
  seed: number,
): Promise<Outcome> {
  const random = Math.random;
  Math.random = generator(seed);
  const start = tf.memory();
  let verdicts = 0;
  const watch = how === 'alone' ? null : monitor({ preset: 'full', stepSize: 'never', noiseShare: 4 });
  watch?.certificates$.subscribe(() => verdicts++);
  try {
    const xs = tf.randomNormal([40, 16], 0, 1, 'float32', seed);
    const ys = tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: 40 }, (_, i) => (i * 7 + seed) % 3),
          'int32',
        ),
        3,
      )
      .toFloat();
    const built = (models[model] as () => tf.Sequential)();
    const made = (optimizers[optimizer] as () => tf.Optimizer)();
    built.compile({
      optimizer: how === 'wrap' && watch ? watch.wrap(made) : made,
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const logs: unknown[] = [];
    const note: tf.CustomCallbackArgs = {
      onBatchEnd: (batch, log) => {
        logs.push(batch, { ...log });
      },
    };
    const { history } = await built.fit(xs, ys, {
      epochs: 3,
      batchSize: 16,
      verbose: 0,
      validationData: [xs, ys],
      callbacks: how === 'callback' && watch ? [watch.callback(built), note] : [note],
    });
    const weights = built.getWeights().map((weight) => Array.from(weight.dataSync()));
    const drawn = Math.random();
    await watch?.detach();
    built.dispose();
    made.dispose();
    tf.dispose([xs, ys]);
    const end = tf.memory();
    return {
      weights,
      history,
      logs,
      random: drawn,
      tensors: end.numTensors - start.numTensors,
      buffers: end.numDataBuffers - start.numDataBuffers,
      verdicts,
    };
  } finally {
    Math.random = random;
  }
}

async function compare(model: string, optimizer: string, how: 'callback' | 'wrap'): Promise<void> {
  const seed = anySeed();
  const plain = await train(model, optimizer, 'alone', seed);
  const watched = await train(model, optimizer, how, seed);
  expect(watched.verdicts, `seed ${seed}`).toBe(9);
  expect({ ...watched, verdicts: 0 }, `seed ${seed}`).toEqual(plain);
}

describe.each(['cpu', 'wasm'])('on %s nothing notices the monitor', (backend) => {
  const runnable = (model: string) => backend === 'cpu' || model !== 'cnn';
  const cases = Object.keys(models)
    .filter(runnable)
    .flatMap((model) => Object.keys(optimizers).map((optimizer) => [model, optimizer] as const))
    .filter(
      ([model, optimizer]) => model === 'dropout' || optimizer === 'adam' || optimizer === 'sgd' || model === 'relu',
    );

  it.each(cases)('%s with %s', async (model, optimizer) => {
    await tf.setBackend(backend);
    await compare(model, optimizer, 'callback');
    await compare(model, optimizer, 'wrap');
  });
});
