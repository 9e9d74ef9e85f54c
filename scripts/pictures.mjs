// The pictures of the README: those of the report, of the run that `npm run demo` records; those of the metric, of a run with Adam, since
// plain gradient descent has a circle; and those of `steepest sweep`.
// `npm run pictures [RUN.jsonl]`
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { jsonlSink } from 'steepest/sinks/jsonl';

const ofTheRun = ['verdicts', 'loss', 'effective', 'angle', 'layers'];
const ofTheMetric = ['metric-ball', 'moving-ball', 'spectrum-against-psi'];
const steepest = (...args) => {
  const { status } = spawnSync(process.execPath, ['dist/cli/steepest.js', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

const run = process.argv[2] ?? 'runs/demo.jsonl';
if (!existsSync(run)) steepest('demo', '--output', run);
const told = (file) => console.log(`${file}, ${(statSync(file).size / 1024).toFixed(1)} kB`);
const folder = mkdtempSync(join(tmpdir(), 'steepest-'));

async function recordAdam(file) {
  await tf.ready();
  const xs = tf.randomNormal([256, 8], 0, 1, 'float32', 1);
  const ys = tf.tidy(() => xs.mul(tf.range(1, 9)).sum(1, true).tanh());
  const layer = (seed, units, more) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotNormal({ seed }), ...more });
  const model = tf.sequential({ layers: [layer(2, 16, { activation: 'tanh', inputShape: [8] }), layer(3, 1)] });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  const watch = monitor({ sinks: [jsonlSink(file)] });
  await model.fit(xs, ys, { epochs: 15, batchSize: 64, shuffle: false, verbose: 0, callbacks: watch.callback(model) });
  await watch.detach();
}

function draw(recorded, names) {
  steepest('report', recorded, '--output', join(folder, 'report.html'), '--svg', folder);
  for (const name of names) {
    const [from, to] = [join(folder, `${name}.svg`), `docs/pictures/${name}.svg`];
    if (!existsSync(from)) {
      console.error(`${recorded} has no picture ${name}: it was not measured in this run`);
      continue;
    }
    copyFileSync(from, to);
    told(to);
  }
}

try {
  mkdirSync('docs/pictures', { recursive: true });
  draw(run, ofTheRun);
  await recordAdam(join(folder, 'adam.jsonl'));
  draw(join(folder, 'adam.jsonl'), ofTheMetric);
  steepest('sweep', '--svg', 'docs/pictures/sweep.svg');
  told('docs/pictures/sweep.svg');
} finally {
  rmSync(folder, { recursive: true });
}
