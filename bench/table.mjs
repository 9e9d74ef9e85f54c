// node bench/table.mjs: the committed results of `npm run bench -- --save` as tables of Markdown.
import { readFileSync } from 'node:fs';

const { environment, rows } = JSON.parse(readFileSync(new URL('results/step.json', import.meta.url), 'utf8'));
const presets = ['economy', 'economy + alerts$', 'standard', 'full'];
const shown = (value) => (value === undefined ? '–' : value.toFixed(2));
const { cores, node, tfjs } = environment;
const unique = (values) => [...new Set(values)];
const count = (cpu) => rows.filter((row) => row.cpu === cpu).length;
const [main, ...others] = unique(rows.map(({ cpu }) => cpu)).sort((a, b) => count(b) - count(a));
const problems = unique(rows.map(({ problem }) => problem)).filter(Boolean);
const elsewhere = others.map((cpu) => {
  const there = rows.filter((row) => row.cpu === cpu);
  const what = unique(there.map(({ backend }) => backend)).map((backend) => {
    const of = unique(there.filter((row) => row.backend === backend).map(({ problem }) => problem));
    return of.length === problems.length ? backend : `${of.join(', ')} on ${backend}`;
  });
  return `; ${what.join('; ')}: ${cpu}`;
});

console.log(
  `${main}${elsewhere.join('')}, ${cores} cores, Node ${node}, TensorFlow.js ${tfjs}: \`npm run bench -- --save && node bench/table.mjs\`.`,
);
console.log(
  'Ratios to the unwatched step, measuring at every 1 / 16 / 64 steps; ± half the distance of the quartiles.\n',
);
console.log(`| problem | backend | unwatched | ${presets.join(' | ')} | added bytes / parameters |`);
console.log(`| --- | --- | --- | ${presets.map(() => '---').join(' | ')} | --- |`);
const pairs = [...new Set(rows.map(({ problem, backend }) => `${problem}|${backend}`))].filter(
  (p) => !p.startsWith('undefined'),
);
for (const pair of pairs.sort()) {
  const [problem, backend] = pair.split('|');
  const mine = rows.filter((row) => row.problem === problem && row.backend === backend);
  const cell = (preset) => {
    const row = mine.find(({ watch }) => watch === preset);
    if (!row) return 'not run';
    const spread = (row.quartiles[1] - row.quartiles[0]) / 2;
    return `${[row.ratio, row.every16, row.every64].map(shown).join(' / ')} (± ${spread.toFixed(2)})`;
  };
  const first = mine.find(({ watch }) => watch === 'economy');
  const bytes = (first.addedBytes / first.parameterBytes).toFixed(2);
  console.log(`| ${problem} | ${backend} | ${first.unwatchedMs} ms | ${presets.map(cell).join(' | ')} | ${bytes} |`);
}
console.log(
  "\nCockpit's published ratios on a CPU (PyTorch; it measures per-sample gradients and curvature, which this does not):\n",
);
console.log('| problem | economy | full |\n| --- | --- | --- |');
for (const problem of [...new Set(rows.filter((row) => row.cockpit).map((row) => row.problem))]) {
  const of = (preset) => rows.find((row) => row.problem === problem && row.watch === preset && row.cockpit)?.cockpit;
  console.log(
    `| ${problem} | ${presets
      .filter((p) => p === 'economy' || p === 'full')
      .map((p) => of(p)?.join(' / ') ?? '–')
      .join(' | ')} |`,
  );
}
