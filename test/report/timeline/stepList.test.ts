import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addStep,
  describeSteps,
  emptyStepList,
  shortened,
  type StepList,
} from '../../../src/report/timeline/stepList.js';

const steps = fc.uniqueArray(fc.nat({ max: 5000 }), { maxLength: 600 }).map((all) => all.sort((a, b) => a - b));
const listed = (all: readonly number[], limit: number): StepList => all.reduce(addStep, emptyStepList(limit));

describe('a list of steps', () => {
  it('loses none: each lies in a range, and the counts are exact', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (all, limit, fewer) => {
        const list = listed(all, limit);
        for (const { ranges, count } of [list, shortened(list, fewer)]) {
          expect(count).toBe(all.length);
          for (const { from, to, count: own } of ranges)
            expect(own).toBe(all.filter((step) => step >= from && step <= to).length);
          expect(ranges.reduce((sum, range) => sum + range.count, 0)).toBe(all.length);
          for (const { from, to } of ranges) expect([all.includes(from), all.includes(to)]).toEqual([true, true]);
        }
      }),
    );
  });

  it('is never longer than asked for', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (all, limit, fewer) => {
        const list = listed(all, limit);
        expect(list.ranges.length).toBeLessThanOrEqual(limit);
        expect(shortened(list, fewer).ranges.length).toBeLessThanOrEqual(fewer);
      }),
    );
  });

  it('tells every step exactly as long as it has room', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const list = listed(all, 600);
        expect(list.gap).toBe(1);
        const told = list.ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        expect(told).toEqual(all);
      }),
    );
  });

  it('counts what happens twice at one step', () => {
    expect(listed([3, 3, 4, 9], 10).ranges).toEqual([
      { from: 3, to: 4, count: 3 },
      { from: 9, to: 9, count: 1 },
    ]);
  });

  it('reads well', () => {
    expect(describeSteps(listed([7, 12, 13, 14], 10))).toBe('7, 12–14');
    expect(describeSteps(shortened(listed([1, 4, 100], 10), 2))).toBe('1–4 (2), 100');
  });
});
