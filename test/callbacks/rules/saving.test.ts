import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adadelta, adamW, heavyBall, lion, muon, nesterov, signSGD } from '../../../callbacks/rules/index.js';

let start: tf.MemoryInfo;

beforeEach(async () => {
  await tf.setBackend('cpu');
  start = tf.memory();
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(start.numTensors);
  expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
});

const weightsOf = (model: tf.LayersModel) => model.getWeights().map((weight) => Array.from(weight.dataSync()));

const optimizers: [string, () => tf.Optimizer][] = [
  ['adadelta', () => adadelta(1, { rho: 0.8 })],
  ['adamw', () => adamW(0.01, { beta1: 0.8, weightDecay: 0.1 })],
  ['heavy ball', () => heavyBall(0.01, 0.7)],
  ['lion', () => lion(0.01, { weightDecay: 0.1 })],
  ['muon', () => muon(0.02, 0.9)],
  ['nesterov', () => nesterov(0.01, 0.7)],
  ['signsgd', () => signSGD(0.01)],
];

describe('the optimizers are TensorFlow.js optimizers', () => {
  it.each(optimizers)('%s is compiled with, saved with its model, and resumes bit for bit', async (_, make) => {
    const optimizer = make();
    expect(optimizer).toBeInstanceOf(tf.Optimizer);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 2,
          kernelSize: 2,
          inputShape: [4, 4, 1],
          activation: 'tanh',
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
      ],
    });
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const xs = tf.randomNormal([16, 4, 4, 1], 0, 1, 'float32', 3);
    const ys = tf.randomNormal([16, 1], 0, 1, 'float32', 4);
    for (let i = 0; i < 3; i++) await model.trainOnBatch(xs, ys);
    let artifacts: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    });
    const held = tf.memory().numTensors;
    await model.save(handler, { includeOptimizer: true });
    // TensorFlow.js keeps the scalar `iter` of each optimizer it saves.
    const kept = tf.memory().numTensors - held;
    expect(kept).toBe(1);
    const again = await tf.loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
    expect(again.optimizer.getConfig()).toEqual(optimizer.getConfig());
    expect(again.optimizer.getClassName()).toBe(optimizer.getClassName());
    for (let i = 0; i < 3; i++) {
      await model.trainOnBatch(xs, ys);
      await again.trainOnBatch(xs, ys);
      expect(weightsOf(again)).toEqual(weightsOf(model));
    }
    expect(again.optimizer.iterations).toBe(6);
    start = { ...start, numTensors: start.numTensors + kept, numDataBuffers: start.numDataBuffers + kept };
    for (const each of [model.optimizer, again.optimizer]) each.dispose();
    tf.dispose([xs, ys]);
    // `dispose` of a model leaves an optimizer that it was given alone, not one that it loaded.
    model.dispose();
    again.dispose();
  });

  it('a state can be put without a model, and bad ones are told', async () => {
    const [first, second] = [adamW(0.1), adamW(0.1)];
    const theta = tf.tidy(() => tf.variable(tf.tensor1d([1, -2])));
    const loss = () => tf.tidy(() => theta.square().sum().asScalar());
    first.minimize(loss, false, [theta]);
    const state = await first.getWeights();
    expect(state.map(({ name }) => name)).toEqual(['iter', `${theta.name}/m`, `${theta.name}/v`]);
    await second.setWeights(state);
    // Saved again before any step, it is the same.
    const resaved = await second.getWeights();
    expect(resaved.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())])).toEqual(
      state.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]),
    );
    await expect(second.setWeights(state.slice(0, 2))).rejects.toThrow(
      'AdamW: expected 2 slots a variable, got 1 tensors',
    );
    tf.dispose([state[0]?.tensor, resaved[0]?.tensor, theta]);
    first.dispose();
    second.dispose();
  });

  it('options are checked by name', () => {
    expect(() => lion(-1)).toThrow('lion: expected `learningRate` to be a finite number > 0, got -1 (number)');
    expect(() => adamW(0.1, { beta2: 1 })).toThrow('adamW: expected `beta2` to be a number in [0, 1), got 1 (number)');
    expect(() => heavyBall(0.1, Number.NaN)).toThrow(/heavyBall: expected `momentum`/);
    expect(() => muon(0.1, 0.9, 0)).toThrow(/muon: expected `iterationsOfNewton` to be an integer >= 1, got 0/);
    // Those that take no options take none for a number.
    expect(() => nesterov(0.1, { momentum: 0.9 } as never)).toThrow('in [0, 1), got {"momentum":0.9}');
  });

  it('an option that is not known is told by name', () => {
    const unknown = 'got an unknown one,';
    expect(() => adamW(0.1, { weightdecay: 1 } as object)).toThrow(
      `adamW: expected one of the options beta1, beta2, epsilon, weightDecay, ${unknown} \`weightdecay\``,
    );
    expect(() => lion(0.1, { beta: 1 } as object)).toThrow(
      `lion: expected one of the options beta1, beta2, weightDecay, ${unknown} \`beta\``,
    );
    expect(() => adadelta(1, { rh: 1 } as object)).toThrow(
      `adadelta: expected one of the options rho, epsilon, ${unknown} \`rh\``,
    );
    expect(() => adamW(0.1, null as never)).toThrow('adamW: expected options to be an object, got null');
  });
});
