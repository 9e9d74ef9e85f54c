// npm run bench [-- --help]: what watching costs, as ratios.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { average } from './average.mjs';
import { capture } from './capture.mjs';
import { certify } from './certify.mjs';
import { curvature } from './curvature.mjs';
import { flow } from './flow.mjs';
import { machine, versions } from './environment.mjs';
import { inPage, problems } from './problems.mjs';
import { step } from './step.mjs';
import { stepAlone } from './stepAlone.mjs';

const benches = { certify, flow, capture, average, step, curvature };
const names = problems.map(({ name }) => name);
const usage = `npm run bench -- [--only ${Object.keys(benches).join()}] [--backends node,wasm,cpu,webgl,webgpu] [--problems "…"] [--quick] [--save]

Prints ratios to the same without Steepest, one JSON object a line.
--backends  of the steps; webgl and webgpu in headless Chromium  (default: node,wasm,cpu)
--problems  of the steps                                         (default: all of them)
            ${names.map((name) => `"${name}"`).join('; ')}
--quick     few repetitions
--save      keeps what was run in bench/results`;
const options = {
  only: { type: 'string', default: Object.keys(benches).join() },
  backends: { type: 'string', default: 'node,wasm,cpu' },
  problems: { type: 'string', default: names.join(';') },
  quick: { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};
const values = parsed();
if (values.help) {
  console.log(usage);
  process.exit(0);
}

function parsed() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`bench: ${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

const wanted = values.only.split(',');
const backends = values.backends.split(',');
// A name may hold a comma.
const chosen = values.problems.split(';').map((name) => name.trim());
const expectOf = (option, given, known) => {
  const strangers = given.filter((name) => !known.includes(name));
  if (strangers.length === 0) return;
  console.error(`bench: expected --${option} to be of ${known.join('; ')}, got ${strangers.join('; ')}`);
  process.exit(2);
};
expectOf('only', wanted, Object.keys(benches));
expectOf('backends', backends, ['node', 'wasm', 'cpu', ...inPage]);
expectOf('problems', chosen, names);

// TensorFlow.js recommends its own native backend.
console.warn = () => undefined;
await tf.ready();
const started = performance.now();
const environment = { bench: 'environment', ...machine(), ...versions(), quick: values.quick };
const rows = [];
const say = (row) => {
  rows.push(row);
  console.log(JSON.stringify(row));
};
console.log(JSON.stringify(environment));
for (const name of wanted) {
  const here = backends.filter((backend) => !inPage.includes(backend));
  if (here.length > 0)
    for await (const row of benches[name]({ backends: here, quick: values.quick, measure: stepAlone, chosen }))
      say(row);
  if (name !== 'step') continue;
  for (const backend of backends.filter((each) => inPage.includes(each))) {
    const { stepInChromium } = await import('./stepInChromium.mjs');
    await stepInChromium(backend, { quick: values.quick, chosen }, say);
  }
}
console.log(JSON.stringify({ bench: 'took', seconds: Math.round((performance.now() - started) / 1000) }));

if (values.save) {
  // A run of some benches replaces those; the others stay as they were.
  for (const name of wanted) {
    const file = new URL(`results/${name}.json`, import.meta.url);
    const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { rows: [] };
    const kinds = {
      step: ['step'],
      certify: ['certify'],
      flow: ['flow'],
      average: ['average'],
      capture: ['capture'],
      curvature: ['product', 'lanczos', 'curvature'],
    };
    // Backends may have been measured on different machines.
    const mine = rows
      .filter(({ bench }) => kinds[name].includes(bench))
      .map((row) => ({ ...row, cpu: environment.cpu }));
    const what = ({ backend, problem }) => `${backend} ${problem}`;
    const ran = new Set(mine.map(what));
    const others = before.rows
      .filter((row) => !ran.has(what(row)))
      .map((row) => ({ cpu: before.environment.cpu, ...row }));
    writeFileSync(file, `${JSON.stringify({ environment, rows: [...others, ...mine] }, null, 2)}\n`);
  }
}
