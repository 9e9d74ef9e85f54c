import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Moments } from '../../../src/report/timeline/moments.js';

const metric = (psi: number) => ({
  psi,
  alpha: 1,
  conditionNumber: 1,
  eigenvalueMin: 1,
  eigenvalueMax: 1,
  dimension: 2,
});

it('moments are few, in order, spread over the run, and have the extreme angles among them', () => {
  const angles = fc.array(fc.double({ min: 0, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(angles, fc.integer({ min: 8, max: 60 }), (psis, limit) => {
      const moments = new Moments(limit);
      psis.forEach((psi, step) => {
        moments.take(step, metric(psi));
      });
      const { all } = moments;
      expect(all.length).toBeLessThanOrEqual(limit);
      expect(all.length).toBeGreaterThanOrEqual(Math.min(psis.length, (limit - 2) / 2));
      const steps = all.map(({ step }) => step);
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      const kept = all.map(({ metric: { psi } }) => psi);
      expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...psis), Math.max(...psis)]);
      expect(steps.every((step, i) => i === 0 || step - (steps[i - 1] ?? 0) <= (8 * psis.length) / limit + 1)).toBe(
        true,
      );
    }),
  );
});
