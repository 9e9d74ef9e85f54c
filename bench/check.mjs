// node bench/check.mjs RESULT.jsonl: fails when a ratio is worse by more than a tenth than in the
// committed results, and beyond its own spread.
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('bench/check: expected a file with what `npm run bench` printed');
  process.exit(2);
}
const rows = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line));
const committed = ['step', 'capture', 'average', 'curvature'].flatMap((name) => {
  try {
    return JSON.parse(readFileSync(new URL(`results/${name}.json`, import.meta.url), 'utf8')).rows;
  } catch {
    return [];
  }
});
const key = ({ bench, backend, problem, watch, network, parameters }) =>
  [bench, backend, problem, watch, network, parameters].filter((part) => part !== undefined).join(' · ');
const known = new Map(committed.filter(({ ratio }) => ratio > 0).map((row) => [key(row), row]));
let compared = 0;
let worse = 0;
let unclear = 0;
for (const row of rows) {
  const before = known.get(key(row));
  if (!before || !(row.ratio > 0) || row.watch === 'none again') continue;
  compared++;
  if (row.ratio <= 1.1 * before.ratio) continue;
  // Where a quarter of the steps cost no more than before, the machine was too busy to tell.
  const told = !row.quartiles || row.quartiles[0] > before.ratio;
  if (told) worse++;
  else unclear++;
  const spread = row.quartiles ? ` (quartiles ${row.quartiles.join(' to ')})` : '';
  console.error(`${told ? 'worse' : 'unclear'}: ${key(row)}: ${row.ratio}${spread}, committed ${before.ratio}`);
}
console.log(
  `bench/check: ${compared} ratios compared, ${worse} worse by more than a tenth, ${unclear} perhaps: their spread is too wide to tell`,
);
process.exitCode = worse > 0 || compared === 0 ? 1 : 0;
