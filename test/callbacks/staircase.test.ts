import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { Certificate } from '../../src/certificates/certificate.js';
import { monitor } from '../../src/index.js';

beforeAll(() => tf.setBackend('cpu'));

// p = σ(15) has 2⁻²⁴ for its last place, 1 − p is 3.1e-7: log(p/(1 − p)) moves by 0.2 or not at all.
it.each([2.5e-4, 5e-4, 1e-3])(
  'binaryCrossentropy: a loss that falls is not said to rise, η = %f',
  async (learningRate) => {
    const start = tf.memory();
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], activation: 'sigmoid', useBias: false })],
    });
    const one = tf.ones([1, 1]);
    model.setWeights([one]);
    const optimizer = tf.train.sgd(learningRate);
    model.compile({ optimizer, loss: 'binaryCrossentropy' });
    const watch = monitor({ effective: 'always', stepSize: 'never' });
    const certificates: Certificate[] = [];
    watch.certificates$.subscribe((each) => certificates.push(each));
    // The first is certain and wrong, the second pulls the other way, weakly: in float64 the loss falls.
    const [xs, ys] = [tf.tensor2d([[15], [-2]]), tf.tensor2d([[0], [0]])];
    await model.fit(xs, ys, { epochs: 12, batchSize: 2, verbose: 0, callbacks: watch.callback(model) });
    await watch.detach();
    expect(certificates).toHaveLength(12);
    expect(certificates.map(({ alignment }) => alignment.state)).toEqual(Array(12).fill('holds'));
    for (const { effective, step } of certificates)
      expect(effective.state, `step ${step}: ${JSON.stringify(effective)}`).not.toBe('fails');
    tf.dispose([one, xs, ys]);
    model.dispose();
    optimizer.dispose();
    const { numTensors, numDataBuffers } = tf.memory();
    expect([numTensors, numDataBuffers]).toEqual([start.numTensors, start.numDataBuffers]);
  },
);
