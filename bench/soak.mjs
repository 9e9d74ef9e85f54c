// node bench/soak.mjs [steps] [backends]: a watched training of 10⁵ steps; tensors, buffers, heap and resident memory have to stay flat.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { useBackend } from './problems.mjs';

const steps = Number(process.argv[2] ?? 1e5);
const backends = (process.argv[3] ?? 'node,wasm').split(',');
const megabytes = (bytes) => Math.round(bytes / 1e5) / 10;
/** Growth from a tenth of the way to the end that counts as flat (MB): what allocators do by themselves. */
const slack = { heap: 8, resident: 48 };
console.warn = () => undefined;

function look() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const { numTensors, numDataBuffers } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers, heap: megabytes(heapUsed), resident: megabytes(rss) };
}

for (const backend of backends) {
  if (!(await useBackend(backend))) {
    console.log(JSON.stringify({ bench: 'soak', backend, skipped: 'this backend is not here' }));
    continue;
  }
  const theta = [
    tf.variable(tf.randomNormal([8, 16])),
    tf.variable(tf.zeros([16])),
    tf.variable(tf.randomNormal([16, 1])),
  ];
  const xs = tf.randomNormal([16, 8]);
  const ys = tf.tidy(() => tf.sum(xs, 1, true).sin());
  const loss = () => tf.tidy(() => xs.matMul(theta[0]).add(theta[1]).tanh().matMul(theta[2]).sub(ys).square().mean());
  const watch = monitor({ preset: 'standard' });
  const optimizer = watch.wrap(tf.train.sgd(0.001));
  let early = null;
  for (let i = 0; i <= steps; i++) {
    optimizer.minimize(loss, false, theta);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    if (i === Math.round(steps / 10)) early = look();
  }
  const late = look();
  const flat =
    late.tensors === early.tensors &&
    late.buffers === early.buffers &&
    late.heap - early.heap < slack.heap &&
    late.resident - early.resident < slack.resident;
  console.log(JSON.stringify({ bench: 'soak', backend, steps, early, late, flat }));
  if (!flat) process.exitCode = 1;
  await watch.detach();
  tf.dispose([theta, xs, ys]);
}
