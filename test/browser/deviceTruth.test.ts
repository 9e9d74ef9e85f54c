import * as tf from '@tensorflow/tfjs';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { certify } from '../../src/certificates/certify.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { gradientAt, lossAt } from '../oracles/float64Networks.js';
import { skipBrowser } from './chromium.js';
import { network } from './page/truth.js';
import { trialPages } from './trialPages.js';

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

describe.skipIf(skipBrowser)('claims on devices in Chromium', () => {
  const { seed, pageOn } = trialPages();

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
        ([where, which, how, from, many]) => globalThis.trials.truth(where, which, how, from, many),
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
        ([where, which, eta, from, many]) => globalThis.trials.curved(where, which, eta, from, many),
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
});
