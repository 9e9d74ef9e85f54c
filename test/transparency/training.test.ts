import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  artifactsOf,
  classifier,
  dense,
  examples,
  expectTwins,
  noting,
  numbers,
  slotsOf,
  textOf,
  Twin,
  weightsOf,
} from './twins.js';

const fitting = { epochs: 2, batchSize: 8, verbose: 0 } as const;
const wrapped = ['wrap, standard', 'wrap, everything at every step'];

function compiled(twin: Twin, rest: Partial<tf.ModelCompileArgs> = {}, extra: tf.layers.Layer[] = []): tf.Sequential {
  const model = classifier(twin, extra);
  model.compile({
    optimizer: twin.wrap(tf.train.adam(0.01)),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy', 'mse'],
    ...rest,
  });
  return model;
}

/** Everything there is to see of one `fit`. */
async function fitted(twin: Twin, model: tf.LayersModel, args: tf.ModelFitArgs = {}, place?: 'first' | 'last') {
  const { xs, ys } = examples(twin);
  const log: unknown[] = [];
  const theirs = [args.callbacks ?? []].flat() as tf.CustomCallbackArgs[];
  const callbacks = twin.callbacks(model, theirs.length > 0 ? theirs : [noting(log)], place);
  const { history, epoch } = await model.fit(xs, ys, { ...fitting, ...args, callbacks });
  return { history, epoch, log, weights: weightsOf(model), evaluated: evaluated(twin, model, xs, ys) };
}

function evaluated(twin: Twin, model: tf.LayersModel, xs: tf.Tensor, ys: tf.Tensor): number[][] {
  return numbers([model.evaluate(xs, ys, { batchSize: 7 })].flat().map((each) => twin.mine(each)));
}

/** Like TensorFlow.js' RandomWidth with a seed, whose shapes no trainable layer can follow. */
class Counting extends tf.layers.Layer {
  static className = 'Counting';
  readonly randomGenerator = { seed: 3 };
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0] as tf.Tensor, 1 + 0.1 * Math.sin(this.randomGenerator.seed++));
  }
}

beforeEach(async () => {
  await tf.setBackend('cpu');
});

describe('fit', () => {
  it('with validation data, metrics and shuffling', () =>
    expectTwins(async (twin) => {
      const { xs, ys } = examples(twin);
      return fitted(twin, compiled(twin), { validationData: [xs, ys] });
    }));

  it('with a validation split, without shuffling, from a later epoch', () =>
    expectTwins((twin) =>
      fitted(twin, compiled(twin), { validationSplit: 0.25, shuffle: false, initialEpoch: 1, epochs: 3 }),
    ));

  it('with class weights', () =>
    expectTwins((twin) => fitted(twin, compiled(twin), { classWeight: { 0: 1, 1: 5, 2: 0.5 } })));

  it('with sample weights, which TensorFlow.js refuses', () =>
    expectTwins(async (twin) => {
      const model = compiled(twin);
      const sampleWeight = twin.mine(tf.ones([16]));
      const refused = await fitted(twin, model, { sampleWeight }).catch((fault: unknown) => String(fault));
      expect(refused).toMatch(/sample weight/i);
      return { refused, then: await fitted(twin, model) };
    }));

  it('with a loss and metrics of its own', () =>
    expectTwins((twin) => {
      const absolute = (truth: tf.Tensor, said: tf.Tensor) => tf.tidy(() => truth.sub(said).abs().mean(-1));
      const largest = (truth: tf.Tensor, said: tf.Tensor) => tf.tidy(() => truth.sub(said).abs().max());
      return fitted(twin, compiled(twin, { loss: absolute, metrics: [largest, 'accuracy'] }));
    }));

  it.each(['first', 'last'] as const)('early stopping, twice, our callback %s', (place) =>
    expectTwins((twin) => {
      const stopping = (monitor: string, patience: number) =>
        tf.callbacks.earlyStopping({ monitor, patience, minDelta: 1e6 }) as tf.CustomCallbackArgs;
      return fitted(twin, compiled(twin), { epochs: 9, callbacks: [stopping('mse', 5), stopping('loss', 1)] }, place);
    }),
  );

  it.each(['first', 'last'] as const)('a tf.CustomCallback, our callback %s', (place) =>
    expectTwins(async (twin) => {
      const log: unknown[] = [];
      const custom = new tf.CustomCallback(noting(log)) as tf.CustomCallbackArgs;
      return [await fitted(twin, compiled(twin), { callbacks: [custom] }, place), log];
    }),
  );

  it('stopped in the middle', () =>
    expectTwins((twin) => {
      const model = compiled(twin);
      const stop: tf.CustomCallbackArgs = { onBatchEnd: (batch) => void (model.stopTraining = batch === 1) };
      return fitted(twin, model, { callbacks: [stop], epochs: 5 });
    }));

  it('at a learning rate that changes', () =>
    expectTwins((twin) => {
      const optimizer = twin.wrap(tf.train.sgd(0.1));
      const model = compiled(twin, { optimizer });
      const slower: tf.CustomCallbackArgs = {
        onEpochEnd: (epoch) => optimizer.setLearningRate(0.1 / (2 + epoch)),
      };
      return fitted(twin, model, { callbacks: [slower], epochs: 4 });
    }));

  it('compiled twice: another loss and other metrics, another optimizer, then an old one', () =>
    expectTwins(async (twin) => {
      const [adam, sgd] = [twin.wrap(tf.train.adam(0.01)), twin.wrap(tf.train.sgd(0.1))];
      const model = compiled(twin, { optimizer: adam });
      const did = [await fitted(twin, model)];
      model.compile({ optimizer: sgd, loss: 'meanSquaredError', metrics: ['mae'] });
      did.push(await fitted(twin, model));
      model.compile({ optimizer: adam, loss: 'meanSquaredError' });
      did.push(await fitted(twin, model));
      return did;
    }));

  it('frozen layers, then not', () =>
    expectTwins(async (twin) => {
      const model = compiled(twin);
      const first = model.layers[0] as tf.layers.Layer;
      const again = (trainable: boolean) => {
        first.trainable = trainable;
        model.compile({ optimizer: twin.wrap(tf.train.adagrad(0.05)), loss: 'meanSquaredError' });
        return fitted(twin, model);
      };
      return [await again(false), await again(true)];
    }));

  it('an optimizer of its own by name is disposed of with the model, and keeps that', () =>
    expectTwins(
      async (twin) => {
        const model = classifier(new Twin(null));
        model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
        const did = await fitted(twin, model);
        return [did, await slotsOf(model.optimizer), model.dispose()];
      },
      { manners: ['callback, economy', 'callback, everything at every step'] },
    ));

  it('dropout, noise and batch normalization', () =>
    expectTwins((twin) =>
      fitted(
        twin,
        compiled(twin, {}, [
          tf.layers.dropout({ rate: 0.3, name: 'dropout' }),
          tf.layers.batchNormalization({ name: 'norm' }),
          tf.layers.gaussianNoise({ stddev: 0.1, name: 'noise' }),
        ]),
      ),
    ));

  it('a layer that counts its calls', () =>
    expectTwins((twin) => {
      const layer = new Counting({ name: 'counting' });
      const model = compiled(twin, {}, [layer]);
      return fitted(twin, model).then((did) => [did, layer.randomGenerator.seed]);
    }));

  it('a hook on the calls of a layer sees those of the training', () =>
    expectTwins(async (twin) => {
      const model = compiled(twin);
      const calls: unknown[] = [];
      model.layers[1]?.setCallHook((_, kwargs) => calls.push(kwargs['training']));
      return [await fitted(twin, model), calls];
    }));
});

describe('other ways', () => {
  it('fitDataset with validation', () =>
    expectTwins(async (twin) => {
      const dataset = (from: number) =>
        tf.data
          .array(
            Array.from({ length: 20 }, (_, i) => ({
              xs: [Math.sin(i + from), Math.cos(i), i / 20, 1],
              ys: [i % 3 === 0 ? 1 : 0, i % 3 === 1 ? 1 : 0, i % 3 === 2 ? 1 : 0],
            })),
          )
          .batch(5);
      const model = compiled(twin);
      const log: unknown[] = [];
      const { history } = await model.fitDataset(dataset(0), {
        epochs: 2,
        verbose: 0,
        validationData: dataset(5),
        callbacks: twin.callbacks(model, [noting(log)]),
      });
      return { history, log, weights: weightsOf(model) };
    }));

  it('trainOnBatch', () =>
    expectTwins(
      async (twin) => {
        const { xs, ys } = examples(twin);
        const model = compiled(twin);
        const told: unknown[] = [];
        for (let i = 0; i < 3; i++) told.push(await model.trainOnBatch(xs, ys));
        return { told, weights: weightsOf(model), slots: await slotsOf(model.optimizer) };
      },
      { manners: wrapped },
    ));

  it("a loop of one's own, then trainOnBatch, on the same optimizer", () =>
    expectTwins(
      async (twin) => {
        const { xs, ys } = examples(twin);
        const model = compiled(twin);
        const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
        const told: unknown[] = [];
        for (let i = 0; i < 3; i++) {
          const loss = () => tf.tidy(() => (model.apply(xs) as tf.Tensor).sub(ys).square().mean().asScalar());
          const cost = model.optimizer.minimize(loss, true, variables);
          told.push(cost?.dataSync()[0], await model.trainOnBatch(xs, ys));
          cost?.dispose();
        }
        return { told, weights: weightsOf(model) };
      },
      { manners: wrapped },
    ));

  it('several inputs and outputs', () =>
    expectTwins(async (twin) => {
      const [a, b] = [tf.input({ shape: [4], name: 'a' }), tf.input({ shape: [4], name: 'b' })];
      const both = tf.layers
        .concatenate({ name: 'both' })
        .apply([
          dense(3, 'left', { activation: 'relu' }).apply(a) as tf.SymbolicTensor,
          dense(3, 'right', { activation: 'tanh' }).apply(b) as tf.SymbolicTensor,
        ]) as tf.SymbolicTensor;
      const outputs = [
        dense(3, 'kind', { activation: 'softmax' }).apply(both) as tf.SymbolicTensor,
        dense(1, 'size').apply(both) as tf.SymbolicTensor,
      ];
      const model = twin.mine(tf.model({ inputs: [a, b], outputs }));
      model.compile({
        optimizer: twin.wrap(tf.train.rmsprop(0.01)),
        loss: { kind: 'categoricalCrossentropy', size: 'meanSquaredError' },
        metrics: { kind: 'accuracy', size: 'mae' },
      });
      const { xs, ys } = examples(twin);
      const sizes = twin.mine(tf.randomNormal([16, 1], 0, 1, 'float32', 4));
      const log: unknown[] = [];
      const { history } = await model.fit(
        { a: xs, b: xs },
        { kind: ys, size: sizes },
        {
          ...fitting,
          validationSplit: 0.25,
          callbacks: twin.callbacks(model, [noting(log)]),
        },
      );
      return { history, log, weights: weightsOf(model) };
    }));

  it('saved in the middle of training, loaded and trained on: the same bytes', () =>
    expectTwins(
      async (twin) => {
        const model = compiled(twin);
        const texts: string[] = [];
        const saving: tf.CustomCallbackArgs = {
          onEpochEnd: async () => void texts.push(textOf(await artifactsOf(model))),
        };
        await fitted(twin, model, { callbacks: [saving] });
        const artifacts = await artifactsOf(model, { includeOptimizer: true });
        const again = twin.mine(await tf.loadLayersModel(tf.io.fromMemory(artifacts)));
        twin.wrap(again.optimizer);
        const did = await fitted(twin, again);
        return { did, texts, saved: textOf(artifacts), then: textOf(await artifactsOf(again)) };
      },
      { leaving: true },
    ));

  it('two models that share layers, in turn', () =>
    expectTwins(async (twin) => {
      const inputs = tf.input({ shape: [4], name: 'numbers' });
      const middle = dense(3, 'second', { activation: 'softmax' }).apply(
        dense(5, 'first', { activation: 'tanh' }).apply(inputs),
      ) as tf.SymbolicTensor;
      const outputs = dense(3, 'third', { activation: 'softmax' }).apply(middle) as tf.SymbolicTensor;
      // Of two models with the same layers, TensorFlow.js can dispose of one only.
      const [whole, shared] = [tf.model({ inputs, outputs: middle }), twin.mine(tf.model({ inputs, outputs }))];
      const optimizer = twin.wrap(tf.train.adagrad(0.05));
      for (const model of [whole, shared]) model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
      const did: unknown[] = [];
      for (const model of [whole, shared, whole]) did.push(await fitted(twin, model));
      return did;
    }));
});
