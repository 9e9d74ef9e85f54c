import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.mjs';

/**
 * Runs TensorFlow.js' own tests as they are, then watched, and compares test by test: what became of it, how many random
 * numbers it drew, and the tensors, buffers and bytes it left. Ends with 1 where anything differs.
 *
 * The published package of the core has its tests with it. Those of the layers are only in the repository: they run where
 * `STEEPEST_TFJS` names a folder with its `tfjs-layers/src` (against the published package, from which the tests come).
 */
const folder = resolve(import.meta.dirname, '../../temp/tfjs');
const core = resolve(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-core/dist');
const checkout = process.env.STEEPEST_TFJS ? resolve(process.env.STEEPEST_TFJS) : null;

const everything = { preset: 'full', stepSize: 'always', noiseShare: 4 };
const manners = {
  'wrapped, callback first, everything at every step': {
    ways: ['wrap', 'callback'],
    place: 'first',
    options: everything,
  },
  'callback alone, last, everything at every step': { ways: ['callback'], place: 'last', options: everything },
  'wrapped alone, standard': { ways: ['wrap'], options: { preset: 'standard' } },
  'wrapped, callback last, economy': { ways: ['wrap', 'callback'], place: 'last', options: { preset: 'economy' } },
};

const testsIn = (directory, ending) =>
  readdirSync(directory, { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(directory, path))
    .sort();

function suites() {
  const found = {
    core: [
      ...testsIn(join(core, 'optimizers'), '_test.js'),
      ...['engine', 'globals', 'gradients', 'tape', 'variable'].map((name) => join(core, `${name}_test.js`)),
    ],
  };
  if (checkout === null) return found;
  const layers = join(checkout, 'tfjs-layers/src');
  if (!existsSync(layers))
    throw new Error(`test:tfjs: expected STEEPEST_TFJS to be a folder with tfjs-layers/src, got ${checkout}`);
  // The version in the repository is set when it is published.
  return { ...found, layers: testsIn(layers, '_test.ts').filter((path) => !path.endsWith('version_test.ts')) };
}

function run(program, watching) {
  const results = join(folder, 'results.json');
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'child.mjs'), program, results], {
    env: { ...process.env, STEEPEST_WATCHING: JSON.stringify(watching) },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`test:tfjs: the tests did not end by themselves (${status})\n${stderr.slice(-2000)}`);
  const { incompleteReason, outcomes, steps } = JSON.parse(readFileSync(results, 'utf8'));
  const count = (wanted) => outcomes.filter(({ status }) => status === wanted).length;
  const left = outcomes.length - count('passed') - count('failed');
  return {
    outcomes,
    steps,
    text: `${count('passed')} passed, ${count('failed')} failed, ${left} pending${incompleteReason ? `, ${incompleteReason}` : ''}`,
  };
}

/** What `watched` did otherwise than `plain`, a line each. */
function differences(plain, watched) {
  const found = [];
  if (plain.outcomes.length !== watched.outcomes.length) found.push('not as many tests ran');
  plain.outcomes.forEach((before, i) => {
    const after = watched.outcomes[i];
    if (after === undefined) return;
    if (before.fullName !== after.fullName) found.push(`"${after.fullName}" ran where "${before.fullName}" did`);
    else if (before.status !== after.status)
      found.push(`"${before.fullName}" ${before.status}, and ${after.status} watched: ${after.faults.join('; ')}`);
    else if (before.traces.join() !== after.traces.join())
      found.push(`"${before.fullName}" left ${before.traces.join()}, and watched ${after.traces.join()}`);
    if (after.warned) found.push(`"${before.fullName}" had a fault of ours: ${after.faults.join('; ')}`);
  });
  return found;
}

mkdirSync(folder, { recursive: true });
let differing = 0;
for (const [name, tests] of Object.entries(suites())) {
  const program = join(folder, `${name}.cjs`);
  await bundle(tests, name === 'layers' ? checkout : null, program);
  const plain = run(program, null);
  console.log(`${name}, plain: ${plain.text}`);
  for (const [manner, watching] of Object.entries(manners)) {
    // The core knows no models.
    if (name === 'core' && !watching.ways.includes('wrap')) continue;
    const watched = run(program, watching);
    const found = differences(plain, watched);
    if (watched.steps === 0) found.push('not one step was watched');
    console.log(`${name}, ${manner}: ${watched.text}; ${watched.steps} steps watched, ${found.length} differences`);
    for (const each of found) console.log(`  ${each}`);
    differing += found.length;
  }
}
if (checkout === null) console.log('layers: left out, STEEPEST_TFJS names no folder with the sources of TensorFlow.js');
console.log(differing === 0 ? 'nothing notices the monitor' : `${differing} differences`);
process.exitCode = differing === 0 ? 0 : 1;
