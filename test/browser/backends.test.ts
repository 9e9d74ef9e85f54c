import * as tf from '@tensorflow/tfjs';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ViteDevServer } from 'vite';
import { certify } from '../../src/certificates/certify.js';
import { externalStep } from '../../src/cli/externalStep.js';
import type { DiscreteGradient, MonitorOptions } from '../../src/index.js';
import { gradientAt, lossAt } from '../oracles/float64Networks.js';
import { expectGrams } from '../oracles/expectGrams.js';
import { gramCases } from '../oracles/gramCases.js';
import { network } from './page/truth.js';
import type { RunOutcome } from './contractRuns.js';
import { launch, open, serve, skipBrowser } from './chromium.js';
import type { PageApi } from './page/page.js';
import { anySeed } from '../oracles/seed.js';

/** How far two backends' numbers may be apart after a dozen steps in float32, relative to their size. */
const close = 2e-3;
const names = [
  'sgd, softmax',
  'adam, softmax',
  'momentum that overshoots',
  'rmsprop, wide',
  'momentum, tiny',
  'sgd, batch norm and dropout',
];
const full = { preset: 'full', stepSize: 'never' } as const;

let browser: Browser;
let server: ViteDevServer;
let origin: string;

const expectClose = (found: number | null | undefined, expected: number | null | undefined, what: string): void => {
  if (typeof found !== 'number' || typeof expected !== 'number') expect(found ?? null, what).toBe(expected ?? null);
  else expect(Math.abs(found - expected), what).toBeLessThanOrEqual(close * Math.max(1e-3, Math.abs(expected)));
};

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

/** What the browser says of a device that was asked for too much: such kernels give nothing, without an error. */
const complaints: string[] = [];

async function pageOn(backend: string): Promise<Page> {
  const page = await open(browser, `${origin}/test/browser/page/index.html`);
  page.on('console', (message) => {
    if (/Invalid|exceeds/.test(message.text())) complaints.push(`${backend}: ${message.text()}`);
  });
  await page.waitForFunction('globalThis.trials', null, { timeout: 60_000 });
  await page.evaluate((name) => (globalThis as unknown as { trials: PageApi }).trials.use(name), backend);
  return page;
}

/** The state of the step size, all of it in float64: gradients, losses, and the Hessian by differences of gradients. */
function stepSizeInFloat64(
  { loss, variables }: ReturnType<typeof network>,
  eta: number,
  before: number[],
  after: number[],
): string {
  const h = 1e-5;
  const hessian = before.map((_, i) => {
    const [above, below] = [h, -h].map((shift) =>
      gradientAt(
        loss,
        variables,
        before.map((value, k) => (k === i ? value + shift : value)),
      ),
    ) as [number[], number[]];
    return above.map((value, k) => (value - (below[k] as number)) / (2 * h));
  });
  const symmetric = hessian.map((row, i) => row.map((value, k) => (value + (hessian[k]?.[i] as number)) / 2));
  return certify(
    externalStep(
      {
        y: gradientAt(loss, variables, before).map((value) => -value),
        g: after.map((value, i) => (value - (before[i] as number)) / eta),
        eta,
        lossBefore: lossAt(loss, variables, before),
        lossAfter: lossAt(loss, variables, after),
        hessianMin: Math.min(...new EigenvalueDecomposition(new Matrix(symmetric)).realEigenvalues),
      },
      0,
    ),
  ).stepSize.state;
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
  const seed = anySeed();
  const reference = new Map<string, RunOutcome>();

  beforeAll(async () => {
    ({ server, origin } = await serve());
    browser = await launch();
    const page = await pageOn('cpu');
    for (const name of names) reference.set(name, await trainByFit(page, name, full));
    await page.close();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    expect(complaints).toEqual([]);
  });

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

  const trainByFit = (
    page: Page,
    name: string,
    watching: object | null,
    beside: object | null = null,
  ): Promise<RunOutcome> =>
    page.evaluate((given) => (globalThis as unknown as { trials: PageApi }).trials.trainByFit(...given), [
      name,
      seed,
      watching,
      beside,
    ] as const);

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
      expect(found.certificates.filter(({ stepSize }) => stepSize.state === 'holds').length).toBeGreaterThan(0);
      expect(found.records.some(({ geometry }) => geometry?.window !== undefined)).toBe(true);
    });

    it('a loop of one’s own whose batches are disposed at once', async () => {
      const run = (watching: object | null, eager: boolean): Promise<RunOutcome> =>
        page.evaluate(
          ([from, options, hurry]) =>
            (globalThis as unknown as { trials: PageApi }).trials.trainByLoop(from, options, hurry),
          [seed, watching, eager] as const,
        );
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
        where.evaluate(
          ([from, options]) => (globalThis as unknown as { trials: PageApi }).trials.wander(from, options),
          [seed, full] as const,
        );
      const watched = await wander(page);
      const other = await pageOn('cpu');
      const expected = await wander(other);
      await other.close();
      expect(watched.leaked).toEqual({ tensors: 0, buffers: 0 });
      expectTheSame(watched, expected);
      expect(new Set(watched.certificates.map((each) => each.verdict)).size).toBeGreaterThan(1);
    });
  });

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

  it('on average and of the Hessian: a device says what cpu says, or that webgl computes another function', async () => {
    const pages = { cpu: await pageOn('cpu'), webgl: await pageOn('webgl'), webgpu: await pageOn('webgpu') };
    const at = (page: Page, units: number, trained: number) =>
      page.evaluate(
        ([from, ...network]) => (globalThis as unknown as { trials: PageApi }).trials.atAPoint(from, ...network),
        [seed, units, trained] as const,
      );
    const questions = ['effectiveOnAverage', 'discreteMetric', 'averageNaturalGradient'] as const;
    for (const [units, trained] of [
      [4, 2],
      [3, 0],
      [3, 2],
    ] as const) {
      const expected = await at(pages.cpu, units, trained);
      expect(questions.map((question) => expected.average[question].state)).toContain('holds');
      for (const [backend, page] of Object.entries(pages)) {
        const told = `seed ${seed}, ${units} units, ${trained} steps, ${backend}`;
        const { average, product, smallest, leaked } = await at(page, units, trained);
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
    }
    for (const page of Object.values(pages)) await page.close();
  });

  it.each(['webgl', 'webgpu'])('%s: Grams by a program of its own, against float64', async (backend) => {
    const page = await pageOn(backend);
    for (const [name, given] of Object.entries(gramCases(seed)))
      for (const moved of [true, false])
        expectGrams(
          name,
          given,
          await page.evaluate(
            ([which, from, there]) => (globalThis as unknown as { trials: PageApi }).trials.grams(which, from, there),
            [name, seed, moved] as const,
          ),
        );
    await page.close();
  });

  it.each(['webgl', 'webgpu'])('%s: nothing is read back synchronously', async (backend) => {
    const page = await pageOn(backend);
    const tried = await page.evaluate(async (from) => {
      const { trials } = globalThis as unknown as { trials: PageApi };
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

  it.each(
    (['webgl', 'webgpu'] as const).flatMap((backend) =>
      (['softmax', 'mse'] as const).map((kind) => [backend, kind] as const),
    ),
  )('%s, %s: every claim survives float64', async (backend, kind) => {
    const page = await pageOn(backend);
    const rules = [
      ...[1e-8, 1e-5, 1e-3, 0.1, 3].map((rate) => ({ rate })),
      ...[
        [1e-3, 1e-2],
        [1e-2, -1e-4],
        [1e-3, 1e-6],
        [1e-1, 0],
      ].map(([length, cosine]) => ({ length: length as number, cosine: cosine as number })),
    ];
    // WebGPU in software takes half a second an evaluation.
    const count = backend === 'webgpu' ? 4 : 12;
    for (const rule of backend === 'webgpu' ? rules.filter((_, i) => i % 2 === 1) : rules) {
      const { lies, steps, open } = await page.evaluate(
        ([where, which, how, from, many]) =>
          (globalThis as unknown as { trials: PageApi }).trials.truth(where, which, how, from, many),
        [backend, kind, rule, seed, count] as const,
      );
      expect(lies, `seed ${seed}, ${JSON.stringify(rule)}`).toEqual([]);
      expect(steps).toBe(count);
      if ('rate' in rule && rule.rate >= 1e-3)
        expect(open, `seed ${seed}, ${JSON.stringify(rule)}`).toBeLessThan(count / 2);
    }
    await page.close();
  });

  it.each([
    ['webgl', 'mse', 12, [0.03, 0.3, 1, 3, 10]],
    ['webgl', 'softmax', 12, [0.03, 0.3, 1, 3, 10]],
    ['webgpu', 'softmax', 4, [1]],
  ] as const)('%s, %s: what is claimed of the step size holds in float64', async (backend, kind, steps, rates) => {
    const page = await pageOn(backend);
    await tf.setBackend('cpu');
    const here = network(seed, kind);
    const states: string[] = [];
    for (const rate of rates) {
      const watched = await page.evaluate(
        ([where, which, eta, from, many]) =>
          (globalThis as unknown as { trials: PageApi }).trials.curved(where, which, eta, from, many),
        [backend, kind, rate, seed, steps] as const,
      );
      for (const { certificate, before, after } of watched) {
        const { state, reason } = certificate.stepSize;
        if (state === 'skipped') continue;
        states.push(state);
        if (state !== 'unresolved')
          expect(state, `seed ${seed}, η ${rate}, step ${certificate.step}: ${reason}`).toBe(
            stepSizeInFloat64(here, rate, before, after),
          );
      }
    }
    here.dispose();
    await page.close();
    // Most are decided, and they are not all the same.
    expect(states.filter((state) => state === 'unresolved').length).toBeLessThan(states.length / 2);
    if (rates.length > 1) expect(new Set(states.filter((state) => state !== 'unresolved')).size).toBe(2);
  });

  it('webgl: a loss that throws the second time leaves nothing, and one that has moved on is noticed however small it is', async () => {
    const page = await pageOn('webgl');
    const { leaked } = await page.evaluate(() => (globalThis as unknown as { trials: PageApi }).trials.throwsAgain());
    expect(leaked).toEqual([0, 0]);
    for (const scale of [1, 1e-10]) {
      const reasons = await page.evaluate(
        (size) => (globalThis as unknown as { trials: PageApi }).trials.movedOn(size),
        scale,
      );
      expect(reasons).toHaveLength(4);
      for (const reason of reasons) expect(reason).toMatch(/^unresolved: .*the loss of the step was another/);
    }
    await page.close();
  });

  it('a WebGL context that is lost: said once, with what to do; the training hears nothing from us', async () => {
    const page = await pageOn('webgl');
    const { warnings, reasons, fault } = await page.evaluate(() =>
      (globalThis as unknown as { trials: PageApi }).trials.contextLost(),
    );
    expect([...warnings, ...reasons].join('\n')).toMatch(/lost its device.*reload the page/);
    expect(fault ?? '').not.toMatch(/callbacks\/|src\/monitor/);
    await page.close();
  });

  it.each([true, false])(
    'tfjs-vis beside ours (ours first: %s): charts are drawn, every step is certified',
    async (first) => {
      const page = await pageOn('cpu');
      const { charts, epochs, steps } = await page.evaluate(
        (ours) => (globalThis as unknown as { trials: PageApi }).trials.visorBeside(ours),
        first,
      );
      expect(charts).toBeGreaterThanOrEqual(2);
      expect([epochs, steps]).toEqual([3, 12]);
      await page.close();
    },
  );

  it.each(['cpu', 'webgl'])('%s: timers fire as often as without us', async (backend) => {
    const page = await pageOn(backend);
    const measure = (watched: boolean): Promise<{ ticks: number; longest: number; ms: number }> =>
      page.evaluate((each) => (globalThis as unknown as { trials: PageApi }).trials.responsiveness(each), watched);
    await measure(true);
    const [bare, watched] = [
      { ticks: 0, ms: 0 },
      { ticks: 0, ms: 0 },
    ];
    for (let i = 0; i < 4; i++)
      for (const [total, isWatched] of [
        [bare, false],
        [watched, true],
      ] as const) {
        const { ticks, ms } = await measure(isWatched);
        total.ticks += ticks;
        total.ms += ms;
      }
    // In turns, and with room for a machine that does other things too; a page that freezes has none at all.
    expect(bare.ticks).toBeGreaterThan(0);
    expect(watched.ticks / watched.ms, JSON.stringify({ bare, watched })).toBeGreaterThan(0.4 * (bare.ticks / bare.ms));
    await page.close();
  });
});
