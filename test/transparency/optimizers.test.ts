import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, it } from 'vitest';
import {
  artifactsOf,
  classifier,
  examples,
  expectTwins,
  numbers,
  slotsOf,
  textOf,
  type Twin,
  weightsOf,
} from './twins.js';

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5, undefined, true),
};
const wrapped = ['wrap, standard', 'wrap, everything at every step'];
// TensorFlow.js keeps a scalar of every momentum optimizer.
const keeping = (name: string) => ({ manners: wrapped, leaving: name === 'momentum' });

/** Two parameters and a loss of both, of some curvature. */
function problem(twin: Twin) {
  const variable = (name: string, values: number[]) =>
    twin.mine(tf.tidy(() => tf.variable(tf.tensor1d(values), true, name)));
  const [a, b] = [variable('a', [1, -2, 3]), variable('b', [0.5, 0.25])];
  const loss = () => tf.tidy(() => a.square().sum().add(b.tanh().sum().mul(a.sum())).asScalar());
  return { a, b, loss };
}

describe.each(Object.entries(optimizers))('%s', (name, make) => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
  });

  it('steps, slots, configuration, iterations and keys', () =>
    expectTwins(async (twin) => {
      const { a, b, loss } = problem(twin);
      const optimizer = twin.wrap(make());
      const costs: (number | undefined)[] = [];
      const { numTensors } = tf.memory();
      for (let i = 0; i < 4; i++) {
        const cost = optimizer.minimize(loss, i % 2 === 0, i < 3 ? [a, b] : undefined);
        costs.push(cost?.dataSync()[0]);
        cost?.dispose();
        costs.push(tf.memory().numTensors - numTensors);
      }
      return {
        costs,
        values: numbers([a, b]),
        slots: await slotsOf(optimizer),
        config: optimizer.getConfig(),
        keys: Object.keys(optimizer),
        kind: [optimizer instanceof tf.Optimizer, optimizer.constructor.name, optimizer.getClassName()],
        iterations: optimizer.iterations,
      };
    }, keeping(name)));

  it('gradients given by name and by index, from computeGradients and from variableGrads', () =>
    expectTwins(async (twin) => {
      const { a, b, loss } = problem(twin);
      const optimizer = twin.wrap(make());
      const values: number[] = [];
      for (const source of ['computeGradients', 'variableGrads'] as const) {
        for (const given of ['by name', 'by index'] as const) {
          tf.tidy(() => {
            const { value, grads } =
              source === 'computeGradients' ? optimizer.computeGradients(loss, [b, a]) : tf.variableGrads(loss, [b, a]);
            values.push(value.dataSync()[0] as number);
            optimizer.applyGradients(
              given === 'by name' ? grads : [b, a].map(({ name }) => ({ name, tensor: grads[name] as tf.Tensor })),
            );
          });
        }
      }
      return { values, weights: numbers([a, b]), slots: await slotsOf(optimizer) };
    }, keeping(name)));
});

// Adamax can't be saved in TensorFlow.js 4.22.
describe.each(Object.entries(optimizers).filter(([name]) => name !== 'adamax'))('%s, saved', (_, make) => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
  });

  it('slots are taken over by another optimizer, which goes on, at another learning rate', () =>
    expectTwins(
      async (twin) => {
        const { a, b, loss } = problem(twin);
        const before = twin.wrap(make());
        for (let i = 0; i < 3; i++) before.minimize(loss, false, [a, b]);
        const after = twin.wrap(make());
        const weights = await before.getWeights();
        await after.setWeights(weights);
        weights[0]?.tensor.dispose();
        Reflect.set(after, 'learningRate', 0.003);
        for (let i = 0; i < 3; i++) after.minimize(loss, false, [a, b]);
        const config = after.getConfig();
        const kind = after.constructor;
        const fromConfig = Reflect.get(kind, 'fromConfig') as (kind: unknown, config: unknown) => tf.Optimizer;
        const again = twin.wrap(fromConfig.call(kind, kind, config));
        again.minimize(loss, false, [a, b]);
        return { values: numbers([a, b]), slots: await slotsOf(after), config, again: again.getConfig() };
      },
      { manners: wrapped, leaving: true },
    ));

  it('a model is saved with its optimizer, loaded, and trained on', () =>
    expectTwins(
      async (twin) => {
        const { xs, ys } = examples(twin);
        const model = classifier(twin);
        model.compile({ optimizer: twin.wrap(make()), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
        const fit = { epochs: 1, batchSize: 8, verbose: 0 };
        await model.fit(xs, ys, { ...fit, callbacks: twin.callbacks(model) });
        const artifacts = await artifactsOf(model, { includeOptimizer: true });
        const again = twin.mine(await tf.loadLayersModel(tf.io.fromMemory(artifacts)));
        twin.wrap(again.optimizer);
        const { history } = await again.fit(xs, ys, { ...fit, callbacks: twin.callbacks(again) });
        return {
          history,
          saved: [textOf(artifacts), textOf(await artifactsOf(again, { includeOptimizer: true }))],
          weights: [weightsOf(model), weightsOf(again)],
        };
      },
      { leaving: true, manners: ['callback, economy', 'both, everything at every step'] },
    ));
});
