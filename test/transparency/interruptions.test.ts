import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { monitor } from '../../src/index.js';
import { classifier, examples, expectTwins, noting, slotsOf, Twin, weightsOf } from './twins.js';

const fitting = { epochs: 2, batchSize: 4, verbose: 0 } as const;
const mark = Symbol.for('steepest.hook');

function compiled(twin: Twin): tf.Sequential {
  const model = classifier(twin);
  model.compile({ optimizer: twin.wrap(tf.train.adam(0.01)), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

beforeEach(async () => {
  await tf.setBackend('cpu');
});

describe('what ends in the middle', () => {
  it.each(['onBatchBegin', 'onBatchEnd', 'onEpochEnd'] as const)(
    'another callback throws in %s, then fit again',
    (where) =>
      expectTwins(
        async (twin) => {
          const { xs, ys } = examples(twin);
          const model = compiled(twin);
          let calls = 0;
          const throwing: tf.CustomCallbackArgs = {
            [where]: () => {
              if (++calls === 2) throw new Error('not ours');
            },
          };
          const args = { ...fitting, callbacks: twin.callbacks(model, [throwing]) };
          const fault = await model.fit(xs, ys, args).catch((thrown: unknown) => String(thrown));
          const between = await model.trainOnBatch(xs, ys);
          const log: unknown[] = [];
          await model.fit(xs, ys, { ...fitting, callbacks: twin.callbacks(model, [noting(log)]) });
          return { fault, calls, between, log, weights: weightsOf(model), slots: await slotsOf(model.optimizer) };
        },
        { leaving: true },
      ),
  );

  it('a step after a fit that another callback ended is not taken for one of fit, and leaves nothing patched', async () => {
    const twin = new Twin(null);
    const { xs, ys } = examples(twin);
    const model = compiled(twin);
    const watch = monitor();
    const throwing: tf.CustomCallbackArgs = {
      onBatchBegin: () => {
        throw new Error('not ours');
      },
    };
    const callbacks = [watch.callback(model) as tf.CustomCallbackArgs, throwing];
    await expect(model.fit(xs, ys, { ...fitting, callbacks })).rejects.toThrow('not ours');
    await model.trainOnBatch(xs, ys);
    expect(Object.hasOwn(model.optimizer, mark)).toBe(false);
    expect(watch.summaryData().steps).toBe(0);
    await model.fit(xs, ys, { ...fitting, callbacks: watch.callback(model) });
    expect(watch.summaryData().steps).toBe(8);
    await watch.detach();
    twin.disposeOwned();
  });

  it('detached in the middle of fit, by a callback; and the callback used once more', () =>
    expectTwins(async (twin) => {
      const { xs, ys } = examples(twin);
      const model = compiled(twin);
      const log: unknown[] = [];
      const detaching: tf.CustomCallbackArgs = {
        ...noting(log),
        onBatchBegin: async (batch) => {
          if (batch === 2) await twin.watch?.detach();
        },
      };
      const callbacks = twin.callbacks(model, [detaching]);
      await model.fit(xs, ys, { ...fitting, callbacks });
      await model.fit(xs, ys, { ...fitting, callbacks });
      if (twin.watch) {
        expect(twin.certificates.length).toBe(2);
        expect(Object.hasOwn(model.optimizer, mark)).toBe(false);
      }
      return { log, weights: weightsOf(model) };
    }));

  it('an optimizer disposed of while it is watched, and one that takes its place', () =>
    expectTwins(async (twin) => {
      const { xs, ys } = examples(twin);
      const model = compiled(twin);
      await model.fit(xs, ys, { ...fitting, callbacks: twin.callbacks(model) });
      model.optimizer.dispose();
      model.optimizer = twin.wrap(tf.train.adagrad(0.1));
      const { history } = await model.fit(xs, ys, { ...fitting, callbacks: twin.callbacks(model) });
      return { history, weights: weightsOf(model) };
    }));

  it('a model disposed of while it is watched', () =>
    expectTwins(async (twin) => {
      const { xs, ys } = examples(twin);
      const model = classifier(new Twin(null));
      model.compile({ optimizer: twin.wrap(tf.train.adam(0.01)), loss: 'meanSquaredError' });
      await model.fit(xs, ys, { ...fitting, callbacks: twin.callbacks(model) });
      const weights = weightsOf(model);
      const disposed = model.dispose();
      twin.watch?.summary();
      await twin.watch?.detach();
      return { weights, disposed };
    }));
});
