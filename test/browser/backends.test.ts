import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiscreteGradient, MonitorOptions } from '../../src/index.js';
import { skipBrowser } from './chromium.js';
import type { RunOutcome } from './contractRuns.js';
import { close, expectClose } from './expectClose.js';
import { trialPages } from './trialPages.js';

const names = [
  'sgd, softmax',
  'adam, softmax',
  'momentum that overshoots',
  'rmsprop, wide',
  'momentum, tiny',
  'sgd, batch norm and dropout',
];
const full = { preset: 'full', stepSize: 'never' } as const;

function expectTheSame(found: RunOutcome, expected: RunOutcome): void {
  expect(found.certificates.map((each) => each.verdict)).toEqual(expected.certificates.map((each) => each.verdict));
  found.records.forEach((record, i) => {
    const other = expected.records[i];
    for (const key of ['yy', 'gg', 'yg'] as const)
      expectClose(record.gram?.[key], other?.gram?.[key], `${key} of step ${i}`);
    // However small they are.
    for (const key of ['yy', 'gg'] as const) {
      const theirs = other?.gram?.[key] ?? 0;
      expect(Math.abs((record.gram?.[key] ?? 0) - theirs), `${key} of step ${i}`).toBeLessThanOrEqual(close * theirs);
    }
    expectClose(record.lossBefore, other?.lossBefore, `loss before step ${i}`);
    expectClose(record.lossAfter, other?.lossAfter, `loss after step ${i}`);
    record.variables.forEach((variable, k) => {
      // Of the whole step: a bias before a batch normalization has a gradient of nothing but rounding.
      const { yy, gg } = other?.gram ?? { yy: 1, gg: 1 };
      const apart = Math.abs(variable.yg - (other?.variables[k]?.yg ?? 0)) / Math.sqrt(yy * gg);
      expect(apart, `yg of ${variable.name} at step ${i}`).toBeLessThan(0.01);
    });
  });
  found.certificates.forEach((certificate, i) => {
    const psi = expected.certificates[i]?.metric?.psi ?? 0;
    if (psi > 1e-3) expectClose(certificate.metric?.psi, psi, `psi of step ${i}`);
    else expect(certificate.metric?.psi ?? 0).toBeLessThan(2e-3);
  });
}

/** Networks and discrete gradients; WebGPU in software takes its time. */
const furtherOn = (backend: string): [string, DiscreteGradient][] =>
  backend === 'webgpu'
    ? [['adam, softmax', 'midpoint']]
    : [
        ['adam, softmax', 'projected'],
        ['adam, softmax', 'taylor'],
        ['sgd, batch norm and dropout', 'mean-value'],
        ['sgd, batch norm and dropout', 'coordinate-increment'],
      ];
const further = (kind: DiscreteGradient): MonitorOptions => ({
  preset: 'full',
  stepSize: { every: 4 },
  discreteGradient: kind,
  curvature: { blockingMs: Number.MAX_VALUE },
  geometry: { memory: 3 },
});

describe.skipIf(skipBrowser)('backends in Chromium', () => {
  const { seed, pageOn, trainByFit } = trialPages();

  const reference = new Map<string, RunOutcome>();
  beforeAll(async () => {
    const page = await pageOn('cpu');
    for (const name of names) reference.set(name, await trainByFit(page, name, full));
    await page.close();
  }, 120_000);

  const furtherFound = new Map<string, Promise<RunOutcome>>();
  const furtherReference = (name: string, kind: DiscreteGradient): Promise<RunOutcome> => {
    const key = `${name} ${kind}`;
    const known = furtherFound.get(key);
    if (known) return known;
    const found = pageOn('cpu').then(async (page) => {
      const outcome = await trainByFit(page, name, further(kind));
      await page.close();
      return outcome;
    });
    furtherFound.set(key, found);
    return found;
  };

  describe.each(['cpu', 'wasm', 'webgl', 'webgpu'])('%s', (backend) => {
    let page: Page;
    beforeAll(async () => {
      page = await pageOn(backend);
    });
    afterAll(() => page.close());

    it.each(names)(
      '%s: verdicts and numbers as on cpu, weights bit for bit as without us, nothing left over',
      async (name) => {
        const bare = await trainByFit(page, name, null);
        const watched = await trainByFit(page, name, full);
        expect(watched.weights, `seed ${seed}`).toEqual(bare.weights);
        expect(watched.losses).toEqual(bare.losses);
        expect(watched.leaked).toEqual(bare.leaked);
        expect(watched.certificates.length).toBeGreaterThanOrEqual(8);
        expectTheSame(watched, reference.get(name) as RunOutcome);
      },
    );

    it.each(furtherOn(backend))('%s, %s: second derivatives and the geometry as on cpu', async (name, kind) => {
      const found = await trainByFit(page, name, further(kind));
      const expected = await furtherReference(name, kind);
      expect(found.weights).toEqual((await trainByFit(page, name, null)).weights);
      expectTheSame(found, expected);
      found.certificates.forEach(({ stepSize, step }, i) => {
        const other = expected.certificates[i]?.stepSize;
        expect(stepSize.state, `step ${step}: ${stepSize.reason}`).toBe(other?.state);
        for (const key of ['hessianMin', 'etaMaxSupremum', 'etaMaxOptimal'] as const)
          expectClose(stepSize[key], other?.[key], `${key} of step ${step}`);
      });
      found.records.forEach(({ discrete, geometry, step }, i) => {
        const other = expected.records[i];
        expect(discrete?.kind).toBe(other?.discrete?.kind);
        for (const key of ['yy', 'gg', 'yg'] as const)
          expectClose(
            discrete?.gram[key],
            other?.discrete?.gram[key],
            `${key} of the discrete gradient of step ${step}`,
          );
        expect(geometry?.fate, `step ${step}`).toBe(other?.geometry?.fate);
        expect(geometry?.window?.constant.state, `step ${step}`).toBe(other?.geometry?.window?.constant.state);
      });
      const asked = found.certificates.map(({ stepSize }) => stepSize).filter(({ state }) => state !== 'skipped');
      // These steps go far around a bend of the loss, whose mean Hessian three points do not tell.
      if (kind === 'mean-value') expect(asked.map(({ reason }) => reason).join()).toContain('three points');
      else expect(asked.some(({ state }) => state === 'holds')).toBe(true);
      expect(found.records.some(({ geometry }) => geometry?.window !== undefined)).toBe(true);
    });

    it('a loop of one’s own whose batches are disposed at once', async () => {
      const run = (watching: object | null, eager: boolean): Promise<RunOutcome> =>
        page.evaluate(([from, options, hurry]) => globalThis.trials.trainByLoop(from, options, hurry), [
          seed,
          watching,
          eager,
        ] as const);
      const bare = await run(null, false);
      for (const eager of [false, true]) {
        const watched = await run({ ...full, effective: 'on-suspicion', suspiciousPsi: 1e-9 }, eager);
        expect(watched.weights).toEqual(bare.weights);
        expect(watched.leaked).toEqual(bare.leaked);
        expect(watched.certificates.map((each) => each.step)).toEqual(Array.from({ length: 12 }, (_, i) => i));
        expect(watched.certificates.every((each) => each.alignment.state === 'holds')).toBe(true);
        // A step that is suspicious has its loss measured after the fact; a curvature takes the batch for longer.
        const effective = watched.certificates.map((each) => each.effective);
        expect(effective.map((each) => each.state)).not.toContain('skipped');
        expect(effective.map((each) => each.state).filter((state) => state === 'holds').length).toBeGreaterThan(8);
      }
      const curved = await run({ preset: 'standard', stepSize: { every: 8 } }, true);
      expect(curved.weights).toEqual(bare.weights);
      expect(curved.leaked).toEqual(bare.leaked);
      for (const step of [0, 8]) expect(curved.certificates[step]?.stepSize).toMatchObject({ state: 'holds' });
    });

    it('every fourth step: what is measured is what is measured at every step, and between nothing but the loss is', async () => {
      const [name = ''] = names;
      const economy = { preset: 'economy' } as const;
      const each = await trainByFit(page, name, economy);
      const fourth = await trainByFit(page, name, { ...economy, alignment: { every: 4 } });
      expect(fourth.leaked).toEqual({ tensors: 0, buffers: 0 });
      expect(fourth.weights).toEqual(each.weights);
      expect(fourth.records.map(({ lossBefore }) => lossBefore)).toEqual(
        each.records.map(({ lossBefore }) => lossBefore),
      );
      fourth.records.forEach(({ gram }, i) => {
        expectClose(gram?.yg, i % 4 === 0 ? each.records[i]?.gram?.yg : null, `yg of step ${i}`);
      });
      expect(fourth.certificates.map(({ alignment }) => alignment.state)).toEqual(
        each.certificates.map(({ alignment }, i) => (i % 4 === 0 ? alignment.state : 'skipped')),
      );
    });

    it('two who watch one training say what each says alone', async () => {
      const options = { ...full, stepSize: { every: 4 } } as const;
      const [name = ''] = names;
      const alone = await trainByFit(page, name, options);
      for (const beside of [options, { preset: 'economy' }]) {
        const together = await trainByFit(page, name, options, beside);
        expect(together.leaked).toEqual({ tensors: 0, buffers: 0 });
        expect(together.weights).toEqual(alone.weights);
        expect(together.certificates.map(({ verdict, stepSize }) => [verdict, stepSize.state])).toEqual(
          alone.certificates.map(({ verdict, stepSize }) => [verdict, stepSize.state]),
        );
        expectTheSame(together, alone);
      }
      expect(alone.certificates.some(({ stepSize }) => stepSize.state === 'holds')).toBe(true);
    });

    it('updates that know nothing of the gradient: the same verdicts', async () => {
      const wander = (where: Page): Promise<RunOutcome> =>
        where.evaluate(([from, options]) => globalThis.trials.wander(from, options), [seed, full] as const);
      const watched = await wander(page);
      const other = await pageOn('cpu');
      const expected = await wander(other);
      await other.close();
      expect(watched.leaked).toEqual({ tensors: 0, buffers: 0 });
      expectTheSame(watched, expected);
      expect(new Set(watched.certificates.map((each) => each.verdict)).size).toBeGreaterThan(1);
    });
  });
});
