// The pictures of the README: those of the report, of the run that `npm run demo` records, and those of `steepest sweep`.
// `npm run pictures [RUN.jsonl]`
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const wanted = [
  'verdicts',
  'loss',
  'effective',
  'angle',
  'layers',
  'metric-ball',
  'moving-ball',
  'spectrum-against-psi',
];
const steepest = (...args) => {
  const { status } = spawnSync(process.execPath, ['dist/cli/steepest.js', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

const run = process.argv[2] ?? 'runs/demo.jsonl';
if (!existsSync(run)) steepest('demo', '--output', run);
const told = (file) => console.log(`${file}, ${(statSync(file).size / 1024).toFixed(1)} kB`);
const folder = mkdtempSync(join(tmpdir(), 'steepest-'));
try {
  steepest('report', run, '--output', join(folder, 'report.html'), '--svg', folder);
  mkdirSync('docs/pictures', { recursive: true });
  for (const name of wanted) {
    const [from, to] = [join(folder, `${name}.svg`), `docs/pictures/${name}.svg`];
    if (!existsSync(from)) {
      console.error(`${run} has no picture ${name}: it was not measured in this run`);
      continue;
    }
    copyFileSync(from, to);
    told(to);
  }
  steepest('sweep', '--svg', 'docs/pictures/sweep.svg');
  told('docs/pictures/sweep.svg');
} finally {
  rmSync(folder, { recursive: true });
}
