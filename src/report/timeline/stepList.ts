/** `count` events in the steps `from … to`; exactly one a step where `count` is their number. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Steps at which something happened, in order, as ranges: none is ever left out, and there are at most `limit` ranges. */
export interface StepList {
  readonly limit: number;
  readonly ranges: readonly StepRange[];
  /** Steps at most this far apart are told together, with their count. 1: every step is told exactly. */
  readonly gap: number;
  readonly count: number;
}

export const emptyStepList = (limit: number): StepList => ({ limit, ranges: [], gap: 1, count: 0 });

/** Takes in a step that is not before the last. Amortized O(1): the ranges are a buffer that is added to. */
export function addStep(list: StepList, step: number): StepList {
  const { limit, gap, count } = list;
  // The list that was handed in is given up for the new one, so that a million steps are not copied a million times.
  const ranges = list.ranges as StepRange[];
  const last = ranges.at(-1);
  if (last && step - last.to <= gap) {
    ranges[ranges.length - 1] = { from: last.from, to: Math.max(last.to, step), count: last.count + 1 };
  } else {
    ranges.push({ from: step, to: step, count: 1 });
  }
  const next = { limit, ranges, gap, count: count + 1 };
  return ranges.length > limit ? shortened(next, Math.ceil(limit / 2)) : next;
}

/** At most `limit` ranges; the nearest are joined first. */
export function shortened(list: StepList, limit: number): StepList {
  let { ranges, gap } = list;
  while (ranges.length > Math.max(1, limit)) {
    gap *= 2;
    ranges = joined(ranges, gap);
  }
  return { ...list, ranges, gap };
}

function joined(ranges: readonly StepRange[], gap: number): StepRange[] {
  const all: StepRange[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last && range.from - last.to <= gap) {
      all[all.length - 1] = { from: last.from, to: range.to, count: last.count + range.count };
    } else all.push(range);
  }
  return all;
}

/** As a person reads it: `7, 12–15, 40–99 (31)`; a count is given where it is not one a step. */
export const describeSteps = ({ ranges }: StepList): string =>
  ranges
    .map(({ from, to, count }) => {
      const span = from === to ? String(from) : `${String(from)}–${String(to)}`;
      return count === to - from + 1 ? span : `${span} (${String(count)})`;
    })
    .join(', ');
