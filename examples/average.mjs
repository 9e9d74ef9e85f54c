// Minibatches: single steps are noisy, so what is certified is the average over the batches that may be drawn.
import * as tf from '@tensorflow/tfjs';
import { certifyModelOnAverage, certifyOnAverage } from 'steepest';
import { progressBar } from 'steepest/progress';

const xs = tf.randomNormal([400, 5], 0, 1, 'float32', 1);
const ys = tf.tidy(() => xs.sum(1).tanh());
const model = tf.sequential({
  layers: [
    tf.layers.dense({
      units: 16,
      activation: 'relu',
      inputShape: [5],
      kernelInitializer: tf.initializers.heNormal({ seed: 2 }),
    }),
    tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.heNormal({ seed: 3 }) }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.003), loss: 'meanSquaredError' });

const show = (title, { draws, stopped, effectiveOnAverage, discreteMetric, averageNaturalGradient }) => {
  console.log(`${title} (${draws} draws, ${stopped})`);
  for (const [question, { state, value, interval }] of Object.entries({
    effectiveOnAverage,
    discreteMetric,
    averageNaturalGradient,
  })) {
    const [low, high] = interval.map((each) => each.toPrecision(3));
    console.log(`  ${question.padEnd(23)}${state.padEnd(12)}${value.toPrecision(3)} in [${low}, ${high}]`);
  }
};

// One call on a model and its data: would training with Adam and batches of 16 go down from here, on average?
show(
  'Adam, before training',
  await certifyModelOnAverage(model, xs, ys, { batchSize: 16, draws: 100, onProgress: progressBar() }),
);
await model.fit(xs, ys, { epochs: 60, batchSize: 16, verbose: 0 });
show('Adam, after 60 epochs', await certifyModelOnAverage(model, xs, ys, { batchSize: 16, draws: 100 }));

// Any rule: node or weight perturbation, evolution, … Here a step along a random direction, as long as the loss falls along it.
const theta = tf.variable(tf.tensor1d([1, -2]));
const loss = () => tf.tidy(() => theta.square().mul([1, 5]).sum().asScalar());
const perturbation = () => {
  const direction = tf.randomNormal([2]).mul(1e-3);
  const start = theta.clone();
  const before = loss();
  theta.assign(start.add(direction));
  const slope = loss().sub(before).div(1e-6);
  theta.assign(start.sub(direction.mul(slope).mul(0.01)));
};
show(
  'Weight perturbation',
  await certifyOnAverage({ loss, variables: [theta], draw: perturbation, draws: 400, learningRate: 0.01 }),
);

// A random walk is not learning: it is aligned half of the time, and on average it climbs.
let seed = 1;
const walk = await certifyOnAverage({
  loss,
  variables: [theta],
  draw: () => theta.assign(theta.add(tf.randomNormal([2], 0, 2, 'float32', seed++))),
  draws: 400,
  confidence: 0.99,
});
show('Random walk', walk);
console.log(`  aligned in ${(100 * walk.alignedShare).toFixed(0)} % of its draws`);
