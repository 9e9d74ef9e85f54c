// The paper's second experiment: feedback alignment on the MNIST digits, held against the true gradient; and what comes after it.
//   node examples/feedback-alignment/run.mjs [--seeds 3] [--seed 1] [--out runs/feedback-alignment]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { Command } from 'commander';
import { alphaDial, metricBall, movingBall, spectrumAgainstPsi } from 'steepest/figures';
import { jsonlSink } from 'steepest/sinks/jsonl';
import { writeRun } from '../shared/writeRun.mjs';
import { digits } from './digits.mjs';
import { settingFigures } from './figures.mjs';
import { findings } from './findings.mjs';
import { drawStart } from './start.mjs';
import { train } from './train.mjs';

/** The paper gives none of these numbers. `gain` scales the first weights and the feedback: see start.mjs. */
const count = { train: 2048, test: 1000 };
const common = { batch: 128, epochs: 10, testEvery: 8, activation: 'linear' };
const settings = [
  {
    ...common,
    name: 'linear',
    words: 'a linear network 784-32-10',
    sizes: [784, 32, 10],
    gain: { weights: 0.5, feedback: 0.5, direct: 0.5 },
    learningRates: { bp: 0.08, fa: 0.08 },
  },
  {
    ...common,
    name: 'relu',
    words: 'a ReLU network 784-48-32-10',
    sizes: [784, 48, 32, 10],
    activation: 'relu',
    gain: { weights: 0.7, feedback: 0.7, direct: 0.5 },
    learningRates: { bp: 0.06, fa: 0.06, dfa: 0.06 },
  },
  {
    ...common,
    name: 'overshoot',
    words: 'the linear network at rates too large',
    sizes: [784, 32, 10],
    epochs: 5,
    gain: { weights: 0.5, feedback: 0.35, direct: 0.35 },
    learningRates: { bp: 0.2, fa: 0.15 },
  },
];

const integer = (name, least) => (text) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name}: expected an integer >= ${least}, got ${text}`);
  return value;
};

function tensors(set, size) {
  const { images, labels } = digits(set, size);
  return {
    x: tf.tensor2d(images, [size, 784]),
    labels: tf.tensor1d(labels, 'int32'),
    target: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat()),
  };
}

/** What another program needs to do it all again: the matrices as float32, one after the other. */
function writeStart(folder, name, { weights, feedback, direct }) {
  const all = [...weights, ...feedback, ...direct];
  writeFileSync(join(folder, name), Buffer.concat(all.map(({ values }) => Buffer.from(values.buffer))));
  return { file: name, shapes: all.map(({ rows, columns }) => [rows, columns]) };
}

async function main() {
  const options = new Command('feedback-alignment')
    .option('--seeds <n>', 'how many', integer('--seeds', 1), 3)
    .option('--seed <n>', 'the first of them', integer('--seed', 0), 1)
    .option(
      '--settings <names>',
      'which of linear, relu, overshoot',
      (text) => text.split(','),
      settings.map(({ name }) => name),
    )
    .option('--out <folder>', 'where data.json, run.jsonl and the figures go', 'runs/feedback-alignment')
    .parse()
    .opts();
  const chosen = settings.filter(({ name }) => options.settings.includes(name));
  const stranger = options.settings.find((name) => !settings.some((setting) => setting.name === name));
  if (stranger !== undefined) throw new Error(`--settings: expected linear, relu or overshoot, got ${stranger}`);
  await tf.setBackend('wasm');
  await tf.ready();
  mkdirSync(options.out, { recursive: true });
  const recording = join(options.out, 'run.jsonl');
  rmSync(recording, { force: true });

  const data = { train: tensors('train', count.train), test: tensors('t10k', count.test) };
  const [starts, runs] = [[], []];
  for (const setting of chosen) {
    for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
      const start = drawStart(seed, setting, count.train);
      const written = writeStart(options.out, `start-${setting.name}-${seed}.f32`, start);
      starts.push({ setting: setting.name, seed, ...written, orders: start.orders });
      for (const rule of Object.keys(setting.learningRates)) {
        const recorded = setting.name === chosen[0].name && rule === 'fa' && seed === options.seed;
        const run = await train({ setting, rule, start, data, sink: recorded ? jsonlSink(recording) : null });
        runs.push({ setting: setting.name, seed, ...run });
        const { accuracy } = run.tests.at(-1);
        console.log(`${setting.name} ${rule} seed ${seed}: test accuracy ${(100 * accuracy).toFixed(1)} %`);
      }
    }
  }
  const paragraph = findings(chosen, runs);
  const shown = runs.find(({ rule }) => rule === 'fa');
  const metrics = shown.certificates.map(({ metric }) => metric);
  const sorted = metrics.filter(Boolean).sort((one, other) => one.psi - other.psi);
  const typical = sorted[sorted.length >> 1] ?? null;
  const written = {
    experiment: 'feedback-alignment',
    count,
    settings: chosen,
    findings: paragraph,
    starts,
    runs: runs.map(({ certificates, ...run }) => run),
  };
  const files = await writeRun(options.out, written, [
    ...chosen.flatMap((setting) =>
      settingFigures(
        setting,
        runs.filter((run) => run.setting === setting.name),
      ),
    ),
    metricBall(typical),
    movingBall(shown.certificates),
    spectrumAgainstPsi(metrics),
    alphaDial(typical),
  ]);
  console.log(`\n${paragraph}\n\nWritten to ${options.out}: ${[...files, 'run.jsonl'].join(', ')}`);
}

main().catch((fault) => {
  console.error(`feedback-alignment: ${fault.message}`);
  process.exitCode = 1;
});
