import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Certificate, monitor, type MonitorOptions, type StepRecord } from '../../src/index.js';

const hook = Symbol.for('steepest.hook');
const full: MonitorOptions = { preset: 'full', stepSize: 'never' };
let start: tf.MemoryInfo;
let owned: { dispose: () => unknown }[] = [];

beforeEach(async () => {
  await tf.setBackend('cpu');
  start = tf.memory();
  owned = [];
});
afterEach(() => {
  for (const each of owned) each.dispose();
  expect(tf.memory().numTensors).toBe(start.numTensors);
  if (!Number.isNaN(start.numDataBuffers)) expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
});

function mine<T extends { dispose: () => unknown }>(made: T): T {
  owned.push(made);
  return made;
}

const data = () =>
  [mine(tf.randomNormal([48, 4], 0, 1, 'float32', 1)), mine(tf.randomNormal([48, 1], 0, 1, 'float32', 2))] as const;

function network(extra: tf.layers.Layer[] = [], optimizer: tf.Optimizer = mine(tf.train.sgd(0.01))): tf.Sequential {
  const model = mine(
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, activation: 'tanh', inputShape: [4] }),
        ...extra,
        tf.layers.dense({ units: 1 }),
      ],
    }),
  );
  model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mse'] });
  return model;
}

function watching(options: MonitorOptions = full) {
  const watch = monitor(options);
  const steps: StepRecord[] = [];
  const certificates: Certificate[] = [];
  watch.steps$.subscribe((step) => steps.push(step));
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  return { watch, steps, certificates };
}

const isUntouched = (optimizer: tf.Optimizer): boolean =>
  !Object.hasOwn(optimizer, 'computeGradients') &&
  !Object.hasOwn(optimizer, 'applyGradients') &&
  !Object.hasOwn(optimizer, hook);

const fitting = { epochs: 2, batchSize: 16, verbose: 0 } as const;

describe('attaching', () => {
  it('counts every step once however often it is attached', async () => {
    const [xs, ys] = data();
    const model = network();
    const { watch, steps } = watching();
    watch.wrap(watch.wrap(model.optimizer));
    await model.fit(xs, ys, { ...fitting, callbacks: [watch.callback(model), watch.callback(model)] });
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    await watch.detach();
    await watch.detach();
    expect(isUntouched(model.optimizer)).toBe(true);
    expect(() => watch.wrap(model.optimizer)).toThrow(/after detach/);
  });

  it('two monitors on one model, and two models at once, see their own steps', async () => {
    const [xs, ys] = data();
    const [a, b] = [network(), network()];
    const [one, two] = [watching(), watching()];
    await Promise.all([
      a.fit(xs, ys, { ...fitting, callbacks: [one.watch.callback(a), two.watch.callback(a)] }),
      b.fit(xs, ys, { ...fitting, callbacks: one.watch.callback(b) }),
    ]);
    expect([one.steps.length, two.steps.length]).toEqual([12, 6]);
    expect(one.steps.filter(({ run }) => run === 0).length).toBe(6);
    expect(one.certificates.every(({ verdict }) => verdict === 'natural-gradient')).toBe(true);
    await Promise.all([one.watch.detach(), two.watch.detach()]);
    expect(isUntouched(a.optimizer) && isUntouched(b.optimizer)).toBe(true);
  });

  it.each(['before', 'after'])('early stopping %s the callback stops, and keeps its `this`', async (where) => {
    const [xs, ys] = data();
    const model = network();
    const { watch, steps } = watching();
    const stopping = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 0, minDelta: 1e6 });
    const ours = watch.callback(model);
    const callbacks = (where === 'before' ? [stopping, ours] : [ours, stopping]) as tf.CustomCallbackArgs[];
    await model.fit(xs, ys, { ...fitting, epochs: 20, callbacks });
    expect(steps.length).toBe(6);
    expect(Object.hasOwn(Object.getPrototypeOf(tf.Callback.prototype) as object, 'onYield')).toBe(false);
    await watch.detach();
  });

  it.each(['before', 'after'])('a plain callback %s it is called, and yieldEvery is honoured', async (where) => {
    const [xs, ys] = data();
    const model = network();
    const { watch, steps } = watching();
    let batches = 0;
    let yields = 0;
    const plain: tf.CustomCallbackArgs = { onBatchEnd: () => void batches++, onYield: () => void yields++ };
    const ours = watch.callback(model);
    await model.fit(xs, ys, {
      ...fitting,
      yieldEvery: 0.001,
      callbacks: where === 'before' ? [plain, ours] : [ours, plain],
    });
    expect([steps.length, batches]).toEqual([6, 6]);
    expect(yields).toBeGreaterThan(0);
    await watch.detach();
  });

  it('a `fit` that throws leaves nothing patched', async () => {
    const [xs, ys] = data();
    const model = network();
    const { watch, steps } = watching();
    const wrong = mine(tf.zeros([48, 1]));
    const broken = mine(tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4] })] }));
    broken.compile({
      optimizer: mine(tf.train.sgd(0.1)),
      loss: () => {
        throw new Error('the loss broke');
      },
    });
    const failing = async (callbacks: tf.CustomCallbackArgs[]): Promise<number> => {
      const { numTensors } = tf.memory();
      await expect(broken.fit(xs, wrong, { ...fitting, callbacks })).rejects.toThrow('the loss broke');
      return tf.memory().numTensors - numTensors;
    };
    // What TensorFlow.js itself loses then; more of it the first time.
    const first = await failing([]);
    const lost = await failing([]);
    expect(await failing([watch.callback(broken)])).toBe(lost);
    expect(isUntouched(broken.optimizer)).toBe(true);
    start = { ...start, numTensors: start.numTensors + first + 2 * lost, numDataBuffers: Number.NaN };
    await model.fit(xs, ys, { ...fitting, callbacks: watch.callback(model) });
    expect(steps.length).toBe(6);
    await watch.detach();
  });
});

describe("loops of one's own", () => {
  beforeEach(() => {
    // The tensors that variables are made of are garbage of these tests, not of the library.
    start = tf.memory();
  });

  it('alternating variable lists of one optimizer are certified apart; a variable without a gradient does not matter', async () => {
    const [a, b] = tf.tidy(() => [tf.variable(tf.tensor1d([1, -2, 3])), tf.variable(tf.tensor1d([0.5]))]);
    const { watch, certificates } = watching();
    const optimizer = watch.wrap(tf.train.sgd(0.1));
    for (let i = 0; i < 4; i++) {
      optimizer.minimize(() => a.square().sum(), false, [a]);
      optimizer.minimize(() => b.square().sum().add(a.sum()), false, [b]);
    }
    optimizer.minimize(() => a.square().sum(), false, [a, b]);
    await watch.detach();
    expect(certificates.length).toBe(9);
    expect(certificates.map(({ variables: all }) => all.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
    expect(certificates.at(-1)?.variables[1]).toMatchObject({ alignment: 0, psi: null });
    expect(certificates.every(({ verdict }) => verdict === 'natural-gradient')).toBe(true);
    tf.dispose([a, b]);
    optimizer.dispose();
  });

  it('gradients from elsewhere are not taken for the gradient of the loss', async () => {
    const [v] = tf.tidy(() => [tf.variable(tf.tensor1d([1, -2, 3]))]);
    const { watch, certificates } = watching();
    const optimizer = watch.wrap(tf.train.sgd(0.1));
    tf.tidy(() => optimizer.applyGradients({ [v.name]: tf.tensor1d([-5, 1, 1]) }));
    const { value, grads } = optimizer.computeGradients(() => v.square().sum(), [v]);
    tf.tidy(() => optimizer.applyGradients({ [v.name]: tf.clipByValue(grads[v.name] as tf.Tensor, -0.1, 0.1) }));
    await watch.detach();
    expect(certificates.map(({ verdict }) => verdict)).toEqual(['unresolved', 'natural-gradient']);
    expect(certificates[0]?.alignment.reason).toMatch(/applyGradients/);
    tf.dispose([v, value, grads]);
    optimizer.dispose();
  });

  it('a subscriber, an operator, a rule, an action or a sink that throws never reaches the training', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const bad = (): never => {
      throw new Error('not mine');
    };
    const sink = {
      name: 'bad',
      write: bad,
      flush: () => Promise.reject(new Error('no')),
      close: () => Promise.reject(new Error('no')),
    };
    const rule = { name: 'bad', init: () => 0, update: bad };
    const { watch, certificates } = watching({ ...full, sinks: [sink], rules: [rule, 'default'], actions: [bad] });
    watch.certificates$.subscribe(bad);
    const v = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 3])));
    const optimizer = watch.wrap(tf.train.sgd(1.5));
    for (let i = 0; i < 5; i++) optimizer.minimize(() => v.square().sum(), false, [v]);
    await watch.detach();
    expect(certificates.length).toBe(5);
    expect(warn.mock.calls.length).toBeGreaterThan(2);
    expect(warn.mock.calls.length).toBeLessThan(8);
    tf.dispose(v);
    optimizer.dispose();
  });

  it.each([
    [{ window: -3 }, 'monitor: expected option `window` to be an integer >= 0, got -3 (number)'],
    [{ window: { size: 0 } }, 'option `window'],
    [{ geometry: { memory: 1 } }, 'monitor: expected option `geometry.memory` to be an integer >= 2, got 1 (number)'],
    [
      { preset: 'fast' },
      "monitor: expected option `preset` to be 'economy', 'standard' or 'full', got 'fast' (string)",
    ],
    [{ windows: 3 }, 'windows'],
    [{ effective: { every: 0 } }, 'effective'],
    [{ sinks: [{}] }, 'sinks'],
    [{ sinks: holdingItself() }, 'monitor: expected option `sinks` to be a list of sinks, got an object'],
    [{ curvature: { product: 3 } }, 'got an unknown one, `curvature.product`'],
    [null, 'monitor: expected options to be an object, got null'],
  ])('bad options %j are named', (options, message) => {
    expect(() => monitor(options as MonitorOptions)).toThrow(message);
  });

  it('ten thousand steps keep nothing', async () => {
    const v = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 3])));
    const { watch } = { watch: monitor() };
    const optimizer = watch.wrap(tf.train.adam(1e-4));
    optimizer.minimize(() => v.square().sum(), false, [v]);
    const { numTensors, numDataBuffers } = tf.memory();
    for (let i = 0; i < 10_000; i++) optimizer.minimize(() => v.square().sum(), false, [v]);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    expect(watch.summaryData().steps).toBe(10_001);
    await watch.detach();
    tf.dispose(v);
    optimizer.dispose();
  });
});

/** What JSON can not tell. */
function holdingItself(): object {
  const own: Record<string, unknown> = {};
  own['own'] = own;
  return own;
}

/** A layer with randomness that is not TensorFlow.js' own. */
class Restless extends tf.layers.Layer {
  static className = 'Restless';
  static calls = 0;
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0] as tf.Tensor, 1 + 0.01 * (Restless.calls++ % 7));
  }
}

describe('losses that cannot be evaluated twice', () => {
  it('name the layer', async () => {
    const [xs, ys] = data();
    const model = network([new Restless({ name: 'restless' })]);
    const { watch, certificates } = watching();
    await model.fit(xs, ys, { ...fitting, callbacks: watch.callback(model) });
    await watch.detach();
    expect(certificates.every(({ effective }) => effective.state === 'unresolved')).toBe(true);
    expect(certificates[0]?.effective.reason).toMatch(/layer "restless"/);
    expect(certificates[0]?.alignment.state).toBe('holds');
  });

  it('stateful RNN: its state is left alone', async () => {
    const xs = mine(tf.randomNormal([16, 3, 2], 0, 1, 'float32', 1));
    const ys = mine(tf.randomNormal([16, 1], 0, 1, 'float32', 2));
    const optimizer = mine(tf.train.sgd(0.01));
    const model = mine(
      tf.sequential({
        layers: [
          tf.layers.simpleRNN({
            units: 3,
            stateful: true,
            batchInputShape: [8, 3, 2],
            name: 'remembering',
            recurrentInitializer: 'glorotNormal',
          }),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    );
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const { watch, certificates } = watching();
    await model.fit(xs, ys, { epochs: 1, batchSize: 8, verbose: 0, callbacks: watch.callback(model) });
    await watch.detach();
    expect(certificates[0]?.effective).toMatchObject({
      state: 'unresolved',
      reason: expect.stringMatching(/layer "remembering"/) as string,
    });
    // The states that the layer keeps are TensorFlow.js' own, and are not given back when the model is disposed.
    for (const each of owned) each.dispose();
    owned = [];
    start = tf.memory();
  });
});

describe('a network that was dead for a while', () => {
  it('is certified once it lives again, by a tolerance that the file holds too', async () => {
    const model = mine(tf.sequential({ layers: [tf.layers.dense({ units: 1, activation: 'relu', inputShape: [2] })] }));
    const optimizer = mine(tf.train.sgd(0.01));
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const [xs, ys] = [mine(tf.ones([8, 2])), mine(tf.ones([8, 1]))];
    const { watch, steps, certificates } = watching();
    for (const bias of [-5, 3]) {
      tf.tidy(() => {
        model.setWeights([tf.ones([2, 1]), tf.tensor1d([bias])]);
      });
      await model.fit(xs, ys, { epochs: 2, verbose: 0, callbacks: watch.callback(model) });
    }
    await watch.detach();
    expect(steps.map(({ gram }) => (gram?.yy ?? 0) > 0)).toEqual([false, false, true, true]);
    expect(certificates.map(({ alignment }) => alignment.state)).toEqual([
      'unresolved',
      'unresolved',
      'holds',
      'holds',
    ]);
    expect(JSON.parse(JSON.stringify(steps))).toEqual(steps);
  });
});
