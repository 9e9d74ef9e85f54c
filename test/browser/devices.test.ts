import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectGrams } from '../oracles/expectGrams.js';
import { gramCases } from '../oracles/gramCases.js';
import { skipBrowser } from './chromium.js';
import { expectClose } from './expectClose.js';
import { trialPages } from './trialPages.js';

const full = { preset: 'full', stepSize: 'never' } as const;

describe.skipIf(skipBrowser)('devices in Chromium', () => {
  const { seed, pageOn, trainByFit } = trialPages();

  it.each(['webgl', 'webgpu'])('%s: how coarse the stairs of a loss are is known as on cpu', async (backend) => {
    const page = await pageOn(backend);
    const other = await pageOn('cpu');
    for (const name of ['binary, certain', 'binary, clipped']) {
      const bare = await trainByFit(page, name, null);
      const found = await trainByFit(page, name, full);
      const expected = await trainByFit(other, name, full);
      expect(found.weights).toEqual(bare.weights);
      expect(found.leaked).toEqual(bare.leaked);
      found.records.forEach(({ noise }, i) => {
        const known = expected.records[i]?.noise;
        // Four times as coarse, as everything on a device; on webgl TensorFlow.js clips at 1 − 1e-4, and what is clipped is far from it.
        const least = Math.max(known?.staircase ?? 0, backend === 'webgl' ? 1e-4 : 0);
        expect((noise?.staircase ?? 0) / least).toBeCloseTo(0.25, 1);
        expect(noise?.clipped).toBe(backend === 'webgl' ? undefined : known?.clipped);
      });
      const states = found.certificates.map(({ alignment, effective }) => [alignment.state, effective.state]);
      expect(states.flat()).not.toContain('fails');
      const open = backend === 'webgpu' && name === 'binary, clipped';
      expect(states.every(([alignment]) => alignment === (open ? 'unresolved' : 'holds'))).toBe(true);
    }
    await other.close();
    await page.close();
  });

  it('webgl: padding that is trained along is noticed, elsewhere there is none', async () => {
    for (const backend of ['cpu', 'webgpu', 'webgl']) {
      const page = await pageOn(backend);
      const { certificates, leaked } = await trainByFit(page, 'sigmoid, odd', full);
      await page.close();
      expect(leaked).toEqual({ tensors: 0, buffers: 0 });
      expect(certificates).toHaveLength(8);
      for (const { alignment, effective } of certificates) {
        expect(alignment.state, `${backend}: ${alignment.reason}`).toBe(backend === 'webgl' ? 'unresolved' : 'holds');
        if (backend !== 'webgl') continue;
        expect(alignment.reason).toMatch(/another function on webgl.*padding of ".*kernel"/);
        expect(effective.state).toBe('unresolved');
      }
    }
  });

  it.each([
    [4, 2],
    [3, 0],
    [3, 2],
  ])(
    '%d units after %d steps, on average and of the Hessian: a device says what cpu says, or that webgl computes another function',
    async (units, trained) => {
      const pages = { cpu: await pageOn('cpu'), webgl: await pageOn('webgl'), webgpu: await pageOn('webgpu') };
      const at = (page: Page) =>
        page.evaluate(([from, ...network]) => globalThis.trials.atAPoint(from, ...network), [
          seed,
          units,
          trained,
        ] as const);
      const questions = ['effectiveOnAverage', 'discreteMetric', 'averageNaturalGradient'] as const;
      const expected = await at(pages.cpu);
      expect(questions.map((question) => expected.average[question].state)).toContain('holds');
      for (const [backend, page] of Object.entries(pages)) {
        const told = `seed ${seed}, ${units} units, ${trained} steps, ${backend}`;
        const { average, product, smallest, leaked } = await at(page);
        expect(leaked, told).toEqual([0, 0]);
        const odd = backend === 'webgl' && units === 3;
        for (const question of questions) {
          const { state, reason } = average[question];
          expect(state, `${told}: ${reason}`).toBe(odd ? 'unresolved' : expected.average[question].state);
          if (odd) expect(reason, told).toMatch(/another function on webgl.*padding of/);
          else expectClose(average[question].value, expected.average[question].value, `${question}, ${told}`);
        }
        if (odd && trained > 0) {
          expect(product, told).toMatchObject({ method: 'none', numbers: null });
          expect(smallest.ritzValue, told).toBeNull();
          for (const { reason } of [product, smallest]) expect(reason).toMatch(/another function on webgl.*padding of/);
        } else {
          product.numbers?.forEach((number, i) => {
            expectClose(number, expected.product.numbers?.[i], `product, ${told}`);
          });
          expect(product.method, told).toBe(expected.product.method);
          expectClose(smallest.ritzValue, expected.smallest.ritzValue, `smallest, ${told}`);
        }
      }
      for (const page of Object.values(pages)) await page.close();
    },
  );

  it.each(['webgl', 'webgpu'])('%s: Grams by a program of its own, against float64', async (backend) => {
    const page = await pageOn(backend);
    for (const [name, given] of Object.entries(gramCases(seed)))
      for (const moved of [true, false])
        expectGrams(
          name,
          given,
          await page.evaluate(([which, from, there]) => globalThis.trials.grams(which, from, there), [
            name,
            seed,
            moved,
          ] as const),
        );
    await page.close();
  });

  it.each(['webgl', 'webgpu'])('%s: nothing is read back synchronously', async (backend) => {
    const page = await pageOn(backend);
    const tried = await page.evaluate(async (from) => {
      const { trials } = globalThis;
      const count = trials.forbidSynchronousReading();
      const options = {
        preset: 'full',
        stepSize: { every: 4 },
        discreteGradient: 'midpoint',
        geometry: { memory: 2 },
      } as const;
      const { certificates } = await trials.trainByFit('sgd, batch norm and dropout', from, options);
      const loop = await trials.trainByLoop(from, { preset: 'standard', stepSize: { every: 6 } }, false);
      const wandered = await trials.wander(from, { preset: 'standard' });
      return [count(), certificates.length, loop.certificates.length, wandered.certificates.length];
    }, seed);
    expect(tried).toEqual([0, 8, 12, 10]);
    await page.close();
  });

  it('webgl: a loss that throws the second time leaves nothing, and one that has moved on is noticed however small it is', async () => {
    const page = await pageOn('webgl');
    const { leaked } = await page.evaluate(() => globalThis.trials.throwsAgain());
    expect(leaked).toEqual([0, 0]);
    for (const scale of [1, 1e-10]) {
      const reasons = await page.evaluate((size) => globalThis.trials.movedOn(size), scale);
      expect(reasons).toHaveLength(4);
      for (const reason of reasons) expect(reason).toMatch(/^unresolved: .*the loss of the step was another/);
    }
    await page.close();
  });
});
