// node bench/check.mjs RESULT.jsonl: fails when a ratio is worse by more than a tenth than in the committed results.
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
const committed = ['step', 'capture', 'curvature'].flatMap((name) => {
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
for (const row of rows) {
  const before = known.get(key(row));
  if (!before || !(row.ratio > 0) || row.watch === 'none again') continue;
  compared++;
  // A ratio is as uncertain as that of two unwatched contestants in the same run.
  const limit = 1.1 * before.ratio;
  if (row.ratio <= limit) continue;
  worse++;
  console.error(`${key(row)}: ${row.ratio}, committed ${before.ratio}`);
}
console.log(`bench/check: ${compared} ratios compared, ${worse} worse by more than a tenth`);
process.exitCode = worse > 0 || compared === 0 ? 1 : 0;
