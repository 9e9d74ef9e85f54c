import { describe, expect, it } from 'vitest';
import { misjudged } from '../oracles/gradientSurvey.js';
import { skipBrowser } from './chromium.js';
import { trialPages } from './trialPages.js';

describe.skipIf(skipBrowser)('gradients in Chromium', () => {
  const { seed, pageOn } = trialPages();

  it.each(['webgl', 'webgpu'])(
    '%s: a kernel’s gradient is the slope of what it computes, or it is said that it is not',
    async (backend) => {
      const page = await pageOn(backend);
      const found = await page.evaluate(([where, from]) => globalThis.trials.gradientSurvey(where, from), [
        backend,
        seed,
      ] as const);
      await page.close();
      expect(found.length).toBeGreaterThan(250);
      expect(misjudged(backend, found, 2e-3), `seed ${seed}`).toEqual([]);
      expect(found.filter(({ told }) => told !== null).length).toBeGreaterThan(5);
    },
    // A program is compiled for each of them.
    300_000,
  );

  it.each(['cpu', 'webgl', 'webgpu'])(
    '%s: on average too a maximum that several entries share is noticed',
    async (backend) => {
      const page = await pageOn(backend);
      for (const shared of [false, true]) {
        const { averageNaturalGradient, leaked } = await page.evaluate(
          (given) => globalThis.trials.ofMaxima(...given),
          [seed, shared] as const,
        );
        const { state, reason } = averageNaturalGradient;
        const told = `seed ${seed}, ${backend}: ${reason}`;
        expect(state, told).toBe(shared ? 'unresolved' : 'holds');
        if (shared) expect(reason, told).toMatch(/several entries share/);
        expect(leaked, told).toEqual([0, 0]);
      }
      await page.close();
    },
  );
});
