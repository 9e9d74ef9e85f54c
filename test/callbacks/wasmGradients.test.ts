import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerWasmGradients } from '../../callbacks/wasmGradients.js';

const on = (backend: string, body: () => tf.Tensor[]): Promise<Float32Array[]> =>
  tf.setBackend(backend).then(() => {
    const start = tf.memory();
    const tensors = tf.tidy(body);
    const values = tensors.map((tensor) => tensor.dataSync().slice() as Float32Array);
    tf.dispose(tensors);
    expect(tf.memory().numTensors).toBe(start.numTensors);
    expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
    return values;
  });

/** Largest difference, relative to the largest entry. */
function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] as number))), 0) / largest;
}

async function agrees(body: () => tf.Tensor[]): Promise<void> {
  const [cpu, wasm] = [await on('cpu', body), await on('wasm', body)];
  cpu.forEach((values, i) => {
    expect(difference(values, wasm[i] as Float32Array)).toBeLessThan(1e-5);
  });
}

const normal = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
const gradientsOf = (loss: (x: tf.Tensor, w: tf.Tensor) => tf.Tensor, x: tf.Tensor, w: tf.Tensor): tf.Tensor[] =>
  tf.grads((a, b) => {
    const out = loss(a, b);
    return tf.sum(tf.mul(out, normal(out.shape, 9)));
  })([x, w]);

const upTo = (most: number) => fc.integer({ min: 1, max: most });
// With a number of pixels as padding tfjs takes height for width: square ones only.
const paddings = fc.oneof(
  fc.record({
    pad: fc.constantFrom('same' as const, 'valid' as const),
    rounding: fc.constant(undefined),
    kernel: fc.tuple(upTo(4), upTo(4)),
    strides: fc.tuple(upTo(3), upTo(3)),
  }),
  fc.record({
    pad: fc.integer({ min: 0, max: 2 }),
    rounding: fc.constant('floor' as const),
    kernel: upTo(4).map((size): [number, number] => [size, size]),
    strides: upTo(3).map((size): [number, number] => [size, size]),
  }),
);
const convolution = fc.record({
  batch: upTo(3),
  height: fc.integer({ min: 4, max: 9 }),
  width: fc.integer({ min: 4, max: 9 }),
  channels: upTo(3),
  filters: upTo(3),
  padding: paddings,
  seed: upTo(1e6),
});

beforeEach(async () => {
  await tf.setBackend('cpu');
});
afterEach(async () => {
  await tf.setBackend('cpu');
});

describe('on wasm, as on cpu to 1e-5', () => {
  it('registers what is missing, once', () => {
    expect(registerWasmGradients()).toEqual([]);
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
    tf.unregisterKernel('Conv2DBackpropFilter', 'wasm');
    expect(registerWasmGradients()).toEqual(['Conv2DBackpropFilter']);
  });

  it.each(['convolutions', 'depthwise convolutions'] as const)('gradients of %s', (which) =>
    fc.assert(
      fc.asyncProperty(convolution, async ({ batch, height, width, channels, filters, padding, seed }) => {
        const { pad, rounding, kernel, strides } = padding;
        const apply = which === 'convolutions' ? tf.conv2d : tf.depthwiseConv2d;
        await agrees(() =>
          gradientsOf(
            (x, w) => apply(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', 1, rounding),
            normal([batch, height, width, channels], seed),
            normal([...kernel, channels, filters], seed + 1),
          ),
        );
      }),
      { numRuns: 60 },
    ),
  );

  it('gradients of transposed convolutions, gathering and embeddings', async () => {
    await agrees(() =>
      gradientsOf(
        (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 9, 9, 2], 2, 'same'),
        normal([2, 5, 5, 3], 3),
        normal([3, 3, 2, 3], 4),
      ),
    );
    const ids = (): tf.Tensor => tf.tensor2d([0, 3, 3, 1, 0, 3], [2, 3], 'int32');
    await agrees(() => gradientsOf((x, w) => tf.mul(tf.gather(x, ids()), w), normal([5, 4], 5), normal([2, 3, 4], 6)));
    await agrees(() => [tf.unsortedSegmentSum(normal([4, 3], 7), tf.tensor1d([1, 0, 1, 4], 'int32'), 6)]);
  });

  it('a network of convolutions trains to the same weights', async () => {
    const train = async (backend: string): Promise<Float32Array[]> => {
      await tf.setBackend(backend);
      const start = tf.memory();
      const seeded = (seed: number) => tf.initializers.glorotNormal({ seed });
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            activation: 'relu',
            kernelInitializer: seeded(1),
            inputShape: [8, 8, 1],
          }),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.separableConv2d({
            filters: 4,
            kernelSize: 2,
            activation: 'tanh',
            depthwiseInitializer: seeded(2),
            pointwiseInitializer: seeded(3),
          }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(4) }),
        ],
      });
      const optimizer = tf.train.sgd(0.1);
      model.compile({ optimizer, loss: 'categoricalCrossentropy' });
      const xs = tf.randomNormal([16, 8, 8, 1], 0, 1, 'float32', 5);
      const ys = tf.tensor2d(
        Array.from({ length: 48 }, (_, i) => (Math.floor(i / 3) % 3 === i % 3 ? 1 : 0)),
        [16, 3],
      );
      for (let i = 0; i < 5; i++) await model.trainOnBatch(xs, ys);
      const weights = model.getWeights().map((weight) => weight.dataSync().slice() as Float32Array);
      model.dispose();
      optimizer.dispose();
      tf.dispose([xs, ys]);
      expect(tf.memory().numTensors).toBe(start.numTensors);
      expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
      return weights;
    };
    const [cpu, wasm] = [await train('cpu'), await train('wasm')];
    cpu.forEach((weights, i) => {
      expect(difference(weights, wasm[i] as Float32Array)).toBeLessThan(1e-5);
    });
  });
});
