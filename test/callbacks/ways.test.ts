import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Certificate, memorySink, monitor } from '../../src/index.js';

let start: tf.MemoryInfo;
let owned: { dispose: () => unknown }[] = [];

function mine<T extends { dispose: () => unknown }>(made: T): T {
  owned.push(made);
  return made;
}

const seeded = (seed: number) => tf.initializers.glorotNormal({ seed });

function network(frozen: boolean): tf.Sequential {
  const model = mine(
    tf.sequential({
      layers: [
        tf.layers.dense({
          units: 5,
          activation: 'tanh',
          inputShape: [4],
          kernelInitializer: seeded(1),
          trainable: !frozen,
          name: frozen ? 'frozen' : 'free',
        }),
        tf.layers.dense({ units: 1, kernelInitializer: seeded(2) }),
      ],
    }),
  );
  model.compile({ optimizer: mine(tf.train.adam(0.01)), loss: 'meanSquaredError', metrics: ['mae'] });
  return model;
}

const data = () =>
  [mine(tf.randomNormal([48, 4], 0, 1, 'float32', 1)), mine(tf.randomNormal([48, 1], 0, 1, 'float32', 2))] as const;
const weightsOf = (model: tf.LayersModel) => model.getWeights().map((weight) => Array.from(weight.dataSync()));

describe('every way to train is certified, and none is disturbed', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    start = tf.memory();
    owned = [];
  });
  afterEach(() => {
    for (const each of owned) each.dispose();
    expect(tf.memory().numTensors).toBe(start.numTensors);
    expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
  });

  it('trainOnBatch gives as many values as without, and the same weights', async () => {
    const [xs, ys] = data();
    const [plain, watched] = [network(false), network(false)];
    const watch = monitor({ preset: 'full', stepSize: 'never' });
    const certificates: Certificate[] = [];
    watch.certificates$.subscribe((certificate) => certificates.push(certificate));
    watch.wrap(watched.optimizer);
    for (let i = 0; i < 4; i++) expect(await watched.trainOnBatch(xs, ys)).toEqual(await plain.trainOnBatch(xs, ys));
    await watch.detach();
    expect(weightsOf(watched)).toEqual(weightsOf(plain));
    expect(certificates.map(({ effective }) => effective.state)).toEqual(['holds', 'holds', 'holds', 'holds']);
  });

  it('fitDataset', async () => {
    const dataset = () =>
      tf.data
        .array(
          Array.from({ length: 32 }, (_, i) => ({ xs: [Math.sin(i), Math.cos(i), i / 32, 1], ys: [Math.sin(2 * i)] })),
        )
        .batch(8);
    const [plain, watched] = [network(false), network(false)];
    const watch = monitor();
    const { history } = await plain.fitDataset(dataset(), { epochs: 2, verbose: 0 });
    const log = await watched.fitDataset(dataset(), { epochs: 2, verbose: 0, callbacks: watch.callback(watched) });
    expect(log.history).toEqual(history);
    expect(weightsOf(watched)).toEqual(weightsOf(plain));
    expect(watch.summaryData().steps).toBe(8);
    await watch.detach();
  });

  it('frozen layers are not part of θ', async () => {
    const [xs, ys] = data();
    const model = network(true);
    const sink = memorySink();
    const watch = monitor({ sinks: [sink] });
    await model.fit(xs, ys, { epochs: 1, batchSize: 16, verbose: 0, callbacks: watch.callback(model) });
    await watch.detach();
    const steps = sink.lines.filter((line) => line.kind === 'step');
    expect(steps.length).toBe(3);
    expect(
      steps.every(
        ({ variables }) => variables.length === 2 && !variables.some(({ name }) => name.startsWith('frozen')),
      ),
    ).toBe(true);
    expect(sink.headers[0]).toMatchObject({ kind: 'run', backend: 'cpu', model: { parameters: 31 } });
  });

  it('the backend may change between runs of one watch', async () => {
    const model = network(false);
    const [xs, ys] = data();
    const watch = monitor({ preset: 'full', stepSize: 'never' });
    const certificates: Certificate[] = [];
    watch.certificates$.subscribe((certificate) => certificates.push(certificate));
    for (const backend of ['cpu', 'wasm', 'cpu']) {
      await tf.setBackend(backend);
      await model.fit(xs, ys, { epochs: 1, batchSize: 16, verbose: 0, callbacks: watch.callback(model) });
    }
    await watch.detach();
    expect(certificates.map(({ run }) => run)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(certificates.every(({ alignment }) => alignment.state !== 'unresolved')).toBe(true);
  });

  it('a wrapped optimizer is saved with its model, and training resumes bit for bit', async () => {
    const [xs, ys] = data();
    const [plain, watched] = [network(false), network(false)];
    const watch = monitor();
    watch.wrap(watched.optimizer);
    const resumed = async (model: tf.LayersModel): Promise<number[][]> => {
      await model.trainOnBatch(xs, ys);
      let artifacts: tf.io.ModelArtifacts | undefined;
      const handler = tf.io.withSaveHandler((saved) => {
        artifacts = saved;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      });
      await model.save(handler, { includeOptimizer: true });
      const again = mine(await tf.loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts)));
      mine(again.optimizer);
      await again.trainOnBatch(xs, ys);
      return weightsOf(again);
    };
    expect(await resumed(watched)).toEqual(await resumed(plain));
    // TensorFlow.js keeps the scalar `iter` of each optimizer it saves.
    start = { ...start, numTensors: start.numTensors + 2, numDataBuffers: start.numDataBuffers + 2 };
    expect(watched.optimizer.getConfig()).toEqual(plain.optimizer.getConfig());
    expect(Object.keys(watched.optimizer)).toEqual(Object.keys(plain.optimizer));
    expect(watched.optimizer instanceof tf.Optimizer).toBe(true);
    await watch.detach();
  });
});
