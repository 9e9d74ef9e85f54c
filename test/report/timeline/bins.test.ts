import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bins } from '../../../src/report/timeline/bins.js';
import { emptyExtent, extend, type Extent, join, middle } from '../../../src/report/timeline/extent.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Steps in order with a value each; gaps between them. */
const run = fc.array(fc.tuple(fc.nat({ max: 40 }), finite), { minLength: 1, maxLength: 400 }).map((pairs) => {
  let step = pairs[0]?.[0] ?? 0;
  return pairs.map(([gap, value], i) => ({ step: (step += i === 0 ? 0 : gap + 1), value }));
});
const limits = fc.integer({ min: 1, max: 50 });

function gathered(values: readonly { step: number; value: number }[], limit: number): Bins<Extent> {
  const bins = new Bins<Extent>(limit, { empty: emptyExtent, join });
  for (const { step, value } of values) extend(bins.at(step), value);
  return bins;
}

describe('bins over a run of unknown length', () => {
  it('keep the extremes and the count of exactly the steps they span', () => {
    fc.assert(
      fc.property(run, limits, limits, (values, limit, fewer) => {
        const bins = gathered(values, limit);
        for (const spans of [bins.spans(), bins.spans(fewer)]) {
          for (const { from, to, content } of spans) {
            const own = values.filter(({ step }) => step >= from && step <= to).map(({ value }) => value);
            expect(content.count).toBe(own.length);
            expect(content.min).toBe(Math.min(...own));
            expect(content.max).toBe(Math.max(...own));
          }
          expect(spans.reduce((sum, { content }) => sum + content.count, 0)).toBe(values.length);
        }
      }),
    );
  });

  it('are never more than asked for, and as fine as that allows', () => {
    fc.assert(
      fc.property(run, limits, (values, limit) => {
        const bins = gathered(values, limit);
        const first = values[0]?.step ?? 0;
        const length = (values.at(-1)?.step ?? 0) - first + 1;
        expect(bins.spans().length).toBeLessThanOrEqual(limit);
        expect(length).toBeLessThanOrEqual(bins.width * limit);
        if (bins.width > 1) expect(length).toBeGreaterThan((bins.width / 2) * limit);
      }),
    );
  });

  it('are in order, do not overlap, and leave out what holds nothing', () => {
    fc.assert(
      fc.property(run, limits, (values, limit) => {
        const spans = gathered(values, limit).spans();
        for (const [i, span] of spans.entries()) {
          expect(span.content.count).toBeGreaterThan(0);
          if (i > 0) expect(span.from).toBeGreaterThan(spans[i - 1]?.to ?? 0);
        }
      }),
    );
  });

  it('are not changed by being looked at', () => {
    fc.assert(
      fc.property(run, limits, (values, limit) => {
        const bins = gathered(values, 100);
        const before = JSON.stringify(bins.spans());
        bins.spans(limit);
        expect(JSON.stringify(bins.spans())).toBe(before);
      }),
    );
  });

  it('hold no step twice: a run that fits keeps each step apart', () => {
    const bins = gathered(
      Array.from({ length: 50 }, (_, step) => ({ step: step + 1000, value: step })),
      50,
    );
    expect(bins.spans().map(({ from, to, content }) => [from, to, content.max])).toEqual(
      Array.from({ length: 50 }, (_, step) => [step + 1000, step + 1000, step]),
    );
  });
});

describe('the middle of an extent', () => {
  it('lies between its extremes, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1 }), fc.boolean(), (values, powers) => {
        const extent = emptyExtent();
        for (const value of values) extend(extent, value);
        const found = middle(extent, powers);
        expect(found).toBeGreaterThanOrEqual(Math.min(...values));
        expect(found).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  it('is the geometric mean on an axis of powers', () => {
    const extent = emptyExtent();
    for (const value of [1, 100]) extend(extent, value);
    expect(middle(extent, true)).toBeCloseTo(10, 12);
    expect(middle(extent)).toBe(50.5);
  });
});
