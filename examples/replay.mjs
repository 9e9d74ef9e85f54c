// A run recorded to a file gives the same certificates again, without TensorFlow.js.
import { createReadStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { from, filter, map, toArray, lastValueFrom } from 'rxjs';
import { monitor } from 'steepest';
import { alertOn, certifySteps, defaultRules } from 'steepest/core';
import { jsonlSink } from 'steepest/sinks/jsonl';

const file = join(mkdtempSync(join(tmpdir(), 'steepest-')), 'run.jsonl');
const watch = monitor({ sinks: [jsonlSink(file)] });
const theta = tf.variable(tf.tensor1d([3, -2]));
const optimizer = watch.wrap(tf.train.sgd(0.1));
for (let step = 0; step < 30; step++) optimizer.minimize(() => theta.square().sum(), false, [theta]);
await watch.detach();

const lines = () => from(createInterface({ input: createReadStream(file) })).pipe(map((line) => JSON.parse(line)));
const recorded = await lastValueFrom(
  lines().pipe(
    filter(({ kind }) => kind === 'certificate'),
    toArray(),
  ),
);
const replayed = await lastValueFrom(
  lines().pipe(
    filter(({ kind }) => kind === 'step'),
    certifySteps(),
    toArray(),
  ),
);
const alerts = await lastValueFrom(from(replayed).pipe(alertOn(defaultRules()), toArray()));
const same = JSON.stringify(recorded) === JSON.stringify(replayed);
console.log(
  `${replayed.length} steps replayed, ${alerts.length} alerts; certificates ${same ? 'the same, byte for byte' : 'DIFFER'}`,
);
if (!same) process.exitCode = 1;
