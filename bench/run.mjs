// npm run bench: ratios of monitored to unmonitored steps, interleaved in one run; one JSON object a line.
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { monitor } from 'steepest';
import { certify, certifyFlow } from 'steepest/core';

const rounds = Number(process.env.STEEPEST_BENCH_ROUNDS ?? 60);
const say = (row) => console.log(JSON.stringify(row));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const quartiles = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[sorted.length >> 2], sorted[(3 * sorted.length) >> 2]];
};

function network() {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 256, activation: 'relu', inputShape: [784] }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  return model;
}

const timed = async (body) => {
  const start = performance.now();
  await body();
  return performance.now() - start;
};

async function ratios(backend, presets) {
  await tf.setBackend(backend);
  await tf.ready();
  const xs = tf.randomUniform([128, 784]);
  const ys = tf.tidy(() => tf.oneHot(tf.randomUniform([128], 0, 10, 'int32'), 10).toFloat());
  const contestants = ['none', 'none again', ...presets].map((name) => {
    const model = network();
    const watch = name.startsWith('none') ? null : monitor({ preset: name, stepSize: 'never' });
    const optimizer = tf.train.sgd(0.01);
    model.compile({ optimizer: watch ? watch.wrap(optimizer) : optimizer, loss: 'categoricalCrossentropy' });
    return { name, model, watch, times: [] };
  });
  const count = backend === 'cpu' ? Math.ceil(rounds / 3) : rounds * 4;
  for (let round = 0; round < count + 8; round++) {
    // Every round in another order, so that nobody always comes after the same.
    const order = contestants.map((_, i) => contestants[(i + round) % contestants.length]);
    for (const { model, times } of order) {
      const time = await timed(() => model.trainOnBatch(xs, ys));
      if (round >= 8) times.push(time);
    }
  }
  const base = contestants[0];
  for (const { name, times, watch } of contestants.slice(1)) {
    const pairs = times.map((time, i) => time / base.times[i]);
    const mean = times.reduce((a, b) => a + b) / base.times.reduce((a, b) => a + b);
    say({
      bench: 'step',
      backend,
      model: '784-256-10',
      batch: 128,
      preset: name,
      ratio: median(pairs),
      meanRatio: mean,
      quartiles: quartiles(pairs),
      medianMs: median(times),
      unmonitoredMs: median(base.times),
      steps: times.length,
    });
    await watch?.detach();
  }
  for (const preset of ['none', ...presets]) {
    const model = network();
    const watch = preset === 'none' ? null : monitor({ preset, stepSize: 'never' });
    const optimizer = tf.train.sgd(0.01);
    model.compile({ optimizer: watch ? watch.wrap(optimizer) : optimizer, loss: 'categoricalCrossentropy' });
    await model.trainOnBatch(xs, ys);
    let peak = 0;
    for (let i = 0; i < 9; i++) {
      const profile = await tf.profile(() => model.trainOnBatch(xs, ys));
      peak = Math.max(peak, profile.peakBytes);
    }
    say({ bench: 'memory', backend, preset, peakBytes: peak, parameterBytes: model.countParams() * 4 });
    await watch?.detach();
    model.dispose();
  }
  tf.dispose([xs, ys]);
}

/** θ, θ' and y read once, a sum of each. */
function readOnce(u, v, w) {
  let [a, b, c] = [0, 0, 0];
  for (let k = 0; k < u.length; k++) {
    a += u[k];
    b += v[k];
    c += w[k];
  }
  return a + b + c;
}

/** What the capture adds, against reading θ, θ' and y once, for several sizes. */
async function captureSpeed() {
  // On wasm, whose memory is not the garbage collector's.
  await tf.setBackend('wasm');
  for (const size of [1e5, 3e5, 1e6, 3e6]) {
    const theta = tf.variable(tf.randomUniform([size]));
    const weights = tf.randomUniform([size]);
    const loss = () => tf.sum(tf.mul(theta, weights)).asScalar();
    const watch = monitor({ preset: 'economy' });
    const [plain, watched] = [tf.train.sgd(1e-4), watch.wrap(tf.train.sgd(1e-4))];
    const arrays = [weights.dataSync(), Float32Array.from(weights.dataSync()), Float32Array.from(weights.dataSync())];
    const times = { plain: [], watched: [], read: [] };
    for (let i = 0; i < 100; i++) {
      times.plain.push(await timed(() => plain.minimize(loss, false, [theta])));
      times.watched.push(await timed(() => watched.minimize(loss, false, [theta])));
      times.read.push(await timed(() => readOnce(...arrays)));
    }
    const [base, monitored, read] = [times.plain, times.watched, times.read].map((each) => median(each.slice(40)));
    const added = monitored - base;
    say({ bench: 'capture', backend: 'wasm', parameters: size, addedMs: added, readOnceMs: read, ratio: added / read });
    await watch.detach();
    tf.dispose([theta, weights]);
  }
}

async function certifySpeed() {
  const records = [];
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  watch.steps$.subscribe((record) => records.push(record));
  const theta = [
    tf.variable(tf.randomUniform([20, 10])),
    tf.variable(tf.zeros([10])),
    tf.variable(tf.randomUniform([10, 3])),
    tf.variable(tf.zeros([3])),
  ];
  const x = tf.randomUniform([16, 20]);
  const loss = () => x.matMul(theta[0]).add(theta[1]).tanh().matMul(theta[2]).add(theta[3]).square().mean().asScalar();
  const optimizer = watch.wrap(tf.train.adam(0.01));
  for (let i = 0; i < 200; i++) optimizer.minimize(loss, false, theta);
  await watch.detach();
  const speeds = [];
  for (let round = 0; round < 15; round++) {
    const time = await timed(() => {
      for (let k = 0; k < 100; k++) for (const record of records) certify(record);
    });
    speeds.push((100 * records.length) / (time / 1000));
  }
  say({ bench: 'certify', variables: 4, perSecond: Math.round(median(speeds)) });
}

/** A flow's states, certified from plain arrays and from functions. */
function certifyFlowSpeed() {
  const dimension = 10;
  const states = Array.from({ length: 5000 }, (_, k) =>
    Array.from({ length: dimension }, (__, i) => Math.sin(k + 7 * i)),
  );
  const velocity = (x) => x.map((xi, i) => -xi * (1 + i / 4) + 0.3 * x[(i + 1) % dimension]);
  const gradient = (x) => x.map((xi) => 2 * xi);
  const flows = {
    arrays: states.map((state) => ({ state, velocity: velocity(state), gradient: gradient(state) })),
    functions: states.map((state) => ({ state, velocity, gradient })),
  };
  for (const [given, list] of Object.entries(flows)) {
    const speeds = [];
    for (let round = 0; round < 15; round++) {
      const start = performance.now();
      for (const flow of list) certifyFlow(flow);
      speeds.push(list.length / ((performance.now() - start) / 1000));
    }
    say({ bench: 'certifyFlow', dimension, given, statesPerSecond: Math.round(median(speeds)) });
  }
}

await tf.ready();
say({ bench: 'environment', node: process.version, tfjs: tf.version.tfjs, cpu: cpus()[0].model, cores: cpus().length });
await certifySpeed();
certifyFlowSpeed();
await captureSpeed();
await ratios('wasm', ['economy', 'standard', 'full']);
await ratios('cpu', ['economy', 'standard']);
