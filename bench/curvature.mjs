// Second derivatives: an exact product against a gradient, Lanczos against its products, and training with the step size measured.
import * as tf from '@tensorflow/tfjs';
import { hessianVectorProduct, monitor, smallestEigenvalue } from 'steepest';
import { median, quartiles, ratios, rounded, takeTurns, timed } from './measure.mjs';
import { problems, sgd, useBackend } from './problems.mjs';

const networks = {
  dense: () => ({
    model: tf.sequential({
      layers: [
        tf.layers.dense({ units: 256, activation: 'tanh', inputShape: [784] }),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
    shape: [784],
  }),
  convolutional: () => ({
    model: tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [14, 14, 1] }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
    shape: [14, 14, 1],
  }),
};

async function product(backend, kind, quick) {
  const { model, shape } = networks[kind]();
  const xs = tf.randomUniform([64, ...shape], 0, 1, 'float32', 1);
  const labels = Array.from({ length: 64 }, (_, i) => Array.from({ length: 10 }, (_, k) => (k === i % 10 ? 1 : 0)));
  const ys = tf.tensor2d(labels);
  const loss = () => tf.metrics.categoricalCrossentropy(ys, model.apply(xs, { training: true })).mean();
  const variables = model.trainableWeights.map((weight) => weight.read());
  const vectors = variables.map((variable) => tf.randomNormal(variable.shape, 0, 1, 'float32', 3));
  const gradient = { step: () => tf.tidy(() => void tf.variableGrads(loss, variables)) };
  // A first product examines the loss: how its rounding errs, whether both ways agree.
  const examined = await hessianVectorProduct(loss, variables, vectors);
  tf.dispose(examined.product ?? []);
  const whole = {
    step: async () => {
      tf.dispose((await hessianVectorProduct(loss, variables, vectors)).product ?? []);
    },
  };
  // Of a Lanczos run with k products the last ones are bare products.
  const run = (products) => async () => {
    await smallestEigenvalue(loss, variables, { products, delta: 0.01, seed: 1 });
  };
  const [short, long] = [{ step: run(4) }, { step: run(20) }];
  await takeTurns([gradient, whole, short, long], { warmUp: 1, seconds: quick ? 2 : 8, least: 4, most: 60 });
  const each = long.times.map((time, i) => (time - short.times[i]) / 16);
  const row = {
    bench: 'product',
    backend,
    network: kind,
    method: examined.method,
    gradientMs: rounded(median(gradient.times), 3),
    ratio: rounded(median(each) / median(gradient.times), 3),
    quartiles: rounded(quartiles(each.map((time, i) => time / gradient.times[i])), 3),
    withItsErrorRatio: rounded(median(ratios(whole, gradient)), 3),
  };
  tf.dispose([vectors, xs, ys]);
  model.dispose();
  return row;
}

/** What Lanczos adds to its products at D = 10⁶: twice as many, and what they cost alone, on a loss whose product is cheap. */
async function lanczos(backend) {
  const size = 1e6;
  const scales = tf.randomUniform([size], -1, 1, 'float32', 1);
  const theta = tf.variable(tf.zeros([size]));
  const xs = tf.randomUniform([512, 1000], 0, 1, 'float32', 2);
  // A product as dear as that of a network of this size at a batch of 512.
  const loss = () => {
    const hidden = tf.tanh(tf.matMul(xs, tf.reshape(theta, [1000, 1000])));
    return tf.add(tf.mean(tf.square(hidden)), tf.mul(0.01, tf.sum(tf.mul(scales, tf.square(theta)))));
  };
  const products = 16;
  let productMs = 0;
  const vector = tf.randomNormal([size], 0, 1, 'float32', 3);
  await hessianVectorProduct(loss, [theta], [vector]).then(({ product }) => tf.dispose(product ?? []));
  const few = await timed(() => smallestEigenvalue(loss, [theta], { products: 2, delta: 0.01, seed: 1 }));
  const middle = await timed(() => smallestEigenvalue(loss, [theta], { products: 4, delta: 0.01, seed: 1 }));
  const whole = await timed(() => smallestEigenvalue(loss, [theta], { products, delta: 0.01, seed: 1 }));
  // Between two and four products there is next to nothing to orthogonalize.
  productMs = (middle - few) / 2;
  const overhead = (whole - few - (products - 2) * productMs) / ((products - 2) * productMs);
  tf.dispose([scales, theta, xs, vector]);
  return {
    bench: 'lanczos',
    backend,
    parameters: size,
    products,
    productMs: rounded(productMs, 3),
    overhead: rounded(overhead, 3),
  };
}

/** Training with the step size measured every 64 steps, or for a share of the time; block against block of 64 steps. */
async function training(backend, quick) {
  const problem = problems.find(({ name }) => name === '784-256-10');
  const watches = {
    none: null,
    'none again': null,
    'full, step size every 64': { preset: 'full' },
    'budget: 0.02': { preset: 'economy', stepSize: { budget: 0.02 } },
  };
  const contestants = Object.entries(watches).map(([name, options]) => {
    const made = problem.make();
    const watch = options && monitor(options);
    const train = made.train(watch ? watch.wrap(sgd()) : sgd());
    const step = async () => {
      for (let i = 0; i < 64; i++) await train();
    };
    return { name, made, watch, step };
  });
  await takeTurns(contestants, { warmUp: 1, seconds: quick ? 1 : 30, least: quick ? 2 : 5, most: 40 });
  const rows = contestants.slice(1).map((each) => ({
    bench: 'curvature',
    backend,
    problem: problem.name,
    watch: each.name,
    ratio: rounded(median(ratios(each, contestants[0]))),
    quartiles: rounded(quartiles(ratios(each, contestants[0]))),
    meanRatio: rounded(each.times.reduce((a, b) => a + b) / contestants[0].times.reduce((a, b) => a + b)),
    blocks: each.times.length,
  }));
  for (const { made, watch } of contestants) {
    await watch?.detach();
    made.dispose();
  }
  return rows;
}

export async function* curvature({ backends, quick }) {
  for (const backend of backends.filter((name) => name !== 'cpu')) {
    if (!(await useBackend(backend))) continue;
    for (const kind of Object.keys(networks)) yield await product(backend, kind, quick);
    if (!quick && backend === 'node') yield await lanczos(backend);
  }
  const [fastest] = backends;
  if (await useBackend(fastest)) yield* await training(fastest, quick);
}
