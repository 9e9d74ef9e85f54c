import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { importTrouble, useBackend } from '../../callbacks/backends.js';
import { expectEngine, expectSupported } from '../../callbacks/peers.js';
import { type Certificate, monitor, type Sink } from '../../src/index.js';
import { nodeMissing } from '../backends/nodeBackend.js';

afterEach(async () => {
  await tf.setBackend('cpu');
});

describe('the TensorFlow.js that is found', () => {
  it.each(['3.21.0', '4.0.0', '4.21.9', '5.0.0', 'next', ''])('refuses %s and says which is needed', (version) => {
    expect(() => {
      expectSupported(version);
    }).toThrow(`monitor: expected TensorFlow.js ^4.22.0, got ${version}: npm install @tensorflow/tfjs@^4.22.0`);
  });
  it.each(['4.22.0', '4.23.1', '4.100.0', tf.version_core])('takes %s', (version) => {
    expect(() => {
      expectSupported(version);
    }).not.toThrow();
  });

  it.each([
    ['an older copy', { makeTensor: () => undefined }],
    ['another copy of the same version', { ...tf.engine(), ENV: {} }],
  ])('has an engine that %s made: says what to load first', (_, engine) => {
    expect(() => {
      expectEngine('monitor', engine);
    }).toThrow(/monitor: expected the engine .*another copy.*load TensorFlow\.js before it/);
    expectEngine('monitor');
  });

  it('is not the one that made the optimizer or the model: says so', async () => {
    vi.spyOn(console, 'warn').mockReturnValue();
    await tf.setBackend('cpu');
    const start = tf.memory().numTensors;
    const require = createRequire(import.meta.url);
    const own = Object.keys(require.cache).filter((path) => path.includes('@tensorflow'));
    const kept = own.map((path) => [path, require.cache[path]] as const);
    for (const path of own) Reflect.deleteProperty(require.cache, path);
    const other = require('@tensorflow/tfjs') as typeof tf;
    for (const path of Object.keys(require.cache).filter((each) => each.includes('@tensorflow')))
      Reflect.deleteProperty(require.cache, path);
    for (const [path, module] of kept) require.cache[path] = module;
    expect(other.Tensor).not.toBe(tf.Tensor);

    const watch = monitor();
    const optimizer = other.train.sgd(0.1);
    const told = /expected .* of the TensorFlow.js that Steepest uses \(4\..*another copy.*npm dedupe/;
    expect(() => watch.wrap(optimizer)).toThrow(told);
    const model = other.sequential({ layers: [other.layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => watch.callback(model)).toThrow(told);
    // What is only alike, and of nobody's copy, may be watched.
    const alike = { computeGradients: () => undefined, applyGradients: () => undefined } as object as tf.Optimizer;
    expect(watch.wrap(alike)).toBe(alike);
    await watch.detach();
    model.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  it('has no backend ready: says how to make one', async () => {
    const optimizer = tf.train.sgd(0.1);
    const watch = monitor();
    const engine = tf.engine();
    const ready: unknown = Reflect.get(engine, 'backendInstance');
    const pending: unknown = Reflect.get(engine, 'pendingBackendInit');
    // As after importing a backend that starts asynchronously, before `tf.ready()`.
    tf.registerBackend('slow', () => new Promise(() => undefined), 99);
    Reflect.set(engine, 'backendInstance', null);
    try {
      expect(() => watch.wrap(optimizer)).toThrow(
        /monitor.wrap: expected a TensorFlow.js backend that is ready, got none; `await tf.ready\(\)`/,
      );
    } finally {
      Reflect.set(engine, 'backendInstance', ready);
      tf.removeBackend('slow');
      Reflect.set(engine, 'pendingBackendInit', pending);
    }
    await tf.setBackend('cpu');
    expect(watch.wrap(optimizer)).toBe(optimizer);
    await watch.detach();
    optimizer.dispose();
  });
});

describe('a package of a backend', () => {
  const node = '@tensorflow/tfjs-node';
  it.each([
    [`Cannot find package '${node}' imported from x`, `${node} is not installed: npm install ${node}`],
    ['The Node.js native addon module (tfjs_binding.node) can not be found at path', /binary is missing.*npm rebuild/],
    ['libtensorflow_cc.so.2: cannot open shared object file', /binary is missing.*setup:tfjs-node/],
    ["Cannot find package 'rimraf' imported from x\nmore", `${node}: Cannot find package 'rimraf' imported from x`],
  ])('%s', (message, told) => {
    const text = importTrouble(node, message);
    if (typeof told === 'string') expect(text).toBe(told);
    else expect(text).toMatch(told);
  });

  it('wasm says what it lacks', async () => {
    const report = await useBackend('wasm');
    expect(report.available).toBe(true);
    expect(report.reason).toMatch(/gradients of convolutions.*steepest\/wasm-gradients/);
  });
});

it('tf.setBackend between runs: steps go on being certified, each run says where', async () => {
  const backends = ['cpu', 'wasm', 'cpu', ...(nodeMissing === null ? ['tensorflow', 'wasm', 'tensorflow'] : [])];
  await useBackend('wasm');
  await tf.setBackend('cpu');
  const start = tf.memory();
  const runs: string[] = [];
  const certificates: Certificate[] = [];
  const sink: Sink = {
    name: 'backends',
    start: ({ backend }) => void runs.push(backend),
    write: () => undefined,
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const watch = monitor({ preset: 'full', stepSize: 'never', sinks: [sink] });
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, activation: 'tanh', inputShape: [4] }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  const xs = tf.randomNormal([32, 4], 0, 1, 'float32', 1);
  // Not `oneHot(…).toFloat()`: whole numbers cast on cpu are other numbers when tfjs moves them to wasm.
  const ys = tf.tensor2d(
    Array.from({ length: 96 }, (_, i) => (Math.floor(i / 3) % 3 === i % 3 ? 1 : 0)),
    [32, 3],
  );
  for (const backend of backends) {
    expect(await tf.setBackend(backend)).toBe(true);
    await model.fit(xs, ys, { epochs: 3, verbose: 0, callbacks: watch.callback(model) });
  }
  await watch.detach();
  expect(certificates.length).toBe(3 * backends.length);
  const told = certificates.map(({ verdict, alignment }) => (verdict === 'natural-gradient' ? '' : alignment.reason));
  expect(told).toEqual(certificates.map(() => ''));
  expect(runs).toEqual(backends);
  model.optimizer.dispose();
  model.dispose();
  tf.dispose([xs, ys]);
  expect(tf.memory().numTensors).toBe(start.numTensors);
});
