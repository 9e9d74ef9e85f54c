// What the benchmarks share: medians with their spread, and contestants that take turns, so that noise meets all of them alike.
import { mersenne } from 'pure-rand/generator/mersenne';

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

/** Numbers from 0 to 1, the same in every run. */
const uniform = mersenne(1);
const random = () => (uniform.next() >>> 0) / 2 ** 32;

function shuffled(values) {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/**
 * Lets contestants `{ step }` take turns, every round in another random order, so that nobody always comes after the same. A turn is
 * `block` steps: a training makes many in a row, with its code and data at hand. All times (ms) but those of the first `warmUp` rounds gather
 * in `times`. Ends after `seconds` of the others, but not before `least` rounds nor after `most`.
 */
export async function takeTurns(contestants, { seconds, least, most, warmUp, block = 1 }) {
  for (const each of contestants) Object.assign(each, { times: [], block });
  let start = performance.now();
  for (let round = -warmUp; round < most; round++) {
    if (round === 0) start = performance.now();
    if (round >= least && performance.now() - start > 1000 * seconds) return;
    for (const each of shuffled(contestants)) {
      for (let i = 0; i < block; i++) {
        const time = await timed(each.step);
        if (round >= 0) each.times.push(time);
      }
    }
  }
}

/** Ratio to the median of `base` in the same round, step by step: what went on in a round went on for both. */
export const ratios = ({ times }, { times: baseTimes, block }) => {
  const medians = [];
  for (let i = 0; i < baseTimes.length; i += block) medians.push(median(baseTimes.slice(i, i + block)));
  return times.map((time, i) => time / medians[Math.floor(i / block)]);
};
