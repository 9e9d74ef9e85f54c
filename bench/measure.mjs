// What the benchmarks share: medians with their spread, and contestants that take turns, so that noise meets all of them alike.
import { cpus } from 'node:os';
import { readFileSync } from 'node:fs';

const sorted = (values) => [...values].sort((a, b) => a - b);
export const median = (values) => sorted(values)[values.length >> 1];
export const quartiles = (values) => {
  const all = sorted(values);
  return [all[all.length >> 2], all[Math.min(all.length - 1, (3 * all.length) >> 2)]];
};
export const rounded = (value, digits = 4) =>
  typeof value === 'number' ? Number(value.toPrecision(digits)) : value?.map((each) => rounded(each, digits));

export async function timed(body) {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

/**
 * Lets contestants `{ step }` take turns, every round in another order, so that nobody always comes after the same. Their times (ms)
 * gather in `times`. Ends after `seconds`, but not before `least` rounds nor after `most`.
 */
export async function takeTurns(contestants, { seconds, least, most, warmUp }) {
  for (const each of contestants) each.times = [];
  const start = performance.now();
  for (let round = -warmUp; round < most; round++) {
    if (round >= least && performance.now() - start > 1000 * seconds) return;
    const order = contestants.map((_, i) => contestants[(i + round + warmUp) % contestants.length]);
    for (const each of order) {
      const time = await timed(each.step);
      if (round >= 0) each.times.push(time);
    }
  }
}

/** Ratio to `base`, round by round: what went on in a round went on for both. */
export const ratios = (contestant, base) => contestant.times.map((time, i) => time / base.times[i]);

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  platform: `${process.platform} ${process.arch}`,
});

const installed = (name) => {
  try {
    const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    return JSON.parse(readFileSync(path, 'utf8')).version;
  } catch {
    return null;
  }
};

export const versions = () => ({
  steepest: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  node: process.version,
  tfjs: installed('@tensorflow/tfjs'),
  wasm: installed('@tensorflow/tfjs-backend-wasm'),
  'tfjs-node': installed('@tensorflow/tfjs-node'),
});
