// A run is recorded, and one page made of it: pictures, and every number behind them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { jsonlSink } from 'steepest/sinks/jsonl';

const folder = mkdtempSync(join(tmpdir(), 'steepest-'));
const run = join(folder, 'run.jsonl');
const watch = monitor({ preset: 'full', window: 10, sinks: [jsonlSink(run)] });
const theta = tf.variable(tf.tensor1d([3, -2]));
// Its curvatures differ: the rate suits the first direction, and momentum overshoots in the second.
const optimizer = watch.wrap(tf.train.momentum(0.08, 0.8));
const curvatures = tf.tensor1d([1, 20]);
for (let step = 0; step < 80; step++) optimizer.minimize(() => theta.square().mul(curvatures).sum(), false, [theta]);
await watch.detach();

const page = join(folder, 'report.html');
execFileSync('npx', ['steepest', 'report', run, '-o', page], { stdio: 'inherit' });
console.log(`${(statSync(page).size / 1024).toFixed(0)} kB; open it in a browser: ${page}`);
