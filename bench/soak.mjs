// npm run soak [-- --steps 100000 --backends node,wasm --presets economy,standard --save]: a long watched training of a tiny
// network. Tensors, buffers, heap and resident memory, looked at after each tenth, have to stay flat; else it ends with 1.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { machine, versions } from './environment.mjs';
import { rounded } from './measure.mjs';
import { useBackend } from './problems.mjs';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    backends: { type: 'string', default: 'node,wasm' },
    presets: { type: 'string', default: 'economy,standard' },
    save: { type: 'boolean', default: false },
  },
});
const tenth = Math.round(Number(values.steps) / 10);
if (!(tenth >= 1)) {
  console.error(`soak: expected --steps to be a number >= 10, got ${values.steps}`);
  process.exit(2);
}
/** Growth (MB) from the least of the first five looks to the least of the last five that counts as flat: allocators come and go. */
const slack = { heap: 2, resident: 16 };
const growth = (looks, what) => {
  const [first, last] = [looks.slice(0, 5), looks.slice(-5)].map((half) => Math.min(...half.map((each) => each[what])));
  return last - first;
};
const megabytes = (bytes) => Math.round(bytes / 1e5) / 10;
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
console.warn = () => undefined;

function look() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const { numTensors, numDataBuffers } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers, heap: megabytes(heapUsed), resident: megabytes(rss) };
}

async function soaked(backend, preset) {
  const theta = [[8, 16], [16], [16, 1]].map((shape) => tf.tidy(() => tf.variable(tf.randomNormal(shape))));
  const [first, bias, last] = theta;
  const xs = tf.randomNormal([16, 8]);
  const ys = tf.tidy(() => tf.sum(xs, 1, true).sin());
  const loss = () => tf.tidy(() => xs.matMul(first).add(bias).tanh().matMul(last).sub(ys).square().mean());
  const watch = monitor({ preset });
  const rule = tf.train.sgd(0.001);
  const optimizer = watch.wrap(rule);
  const start = performance.now();
  const looks = [];
  for (let i = 1; i <= 10 * tenth; i++) {
    optimizer.minimize(loss, false, theta);
    if (i % 50 === 0) await pause();
    if (i % tenth !== 0) continue;
    await pause();
    looks.push(look());
  }
  const { steps } = watch.summaryData();
  await watch.detach();
  rule.dispose();
  tf.dispose([theta, xs, ys]);
  const [early] = looks;
  const flat =
    looks.every(({ tensors, buffers }) => tensors === early.tensors && buffers === early.buffers) &&
    growth(looks, 'heap') < slack.heap &&
    growth(looks, 'resident') < slack.resident;
  const seconds = rounded((performance.now() - start) / 1000, 3);
  return { bench: 'soak', backend, preset, steps, seconds, flat, looks };
}

const environment = { bench: 'environment', ...machine(), ...versions(), gc: 'gc' in globalThis };
const rows = [];
for (const backend of values.backends.split(',')) {
  if (!(await useBackend(backend))) {
    console.log(JSON.stringify({ bench: 'soak', backend, skipped: 'this backend is not here' }));
    continue;
  }
  for (const preset of values.presets.split(',')) {
    const row = await soaked(backend, preset);
    rows.push(row);
    console.log(JSON.stringify(row));
    if (!row.flat) process.exitCode = 1;
  }
}
if (values.save) {
  const file = new URL('results/soak.json', import.meta.url);
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];
  const again = (row) => rows.some(({ backend, preset }) => backend === row.backend && preset === row.preset);
  const all = [...kept.filter((row) => !again(row)), ...rows];
  writeFileSync(file, `${JSON.stringify({ environment, rows: all }, null, 2)}\n`);
}
