import { describe, expect, it } from 'vitest';
import { differsFromLosses, meanOperator } from '../../callbacks/meanHessian.js';
import type { Operator } from '../../callbacks/hessian/lowestEigenvalue.js';
import { readSync } from '../../callbacks/hessian/reads.js';
import { externalStep } from '../../src/cli/externalStep.js';
import type { Condition } from '../../src/certificates/certificate.js';

/** `H(s) = f(s) · diag(1, −2)`, exactly. */
const along =
  (f: (s: number) => number) =>
  (s: number): Operator => ({
    dimension: 2,
    *apply([a = 0, b = 0]) {
      yield [];
      return { product: Float64Array.of(f(s) * a, -2 * f(s) * b), error: 0, method: 'exact', reason: '' };
    },
  });

const meanOf = (f: (s: number) => number): Operator =>
  readSync(
    meanOperator(function* (s) {
      yield [];
      return along(f)(s);
    }),
  );

/** `2∫(1−s) f(s) ds` by a thousand midpoints. */
const oracle = (f: (s: number) => number): number => {
  const count = 1000;
  return Array.from({ length: count }, (_, i) => (i + 0.5) / count).reduce(
    (sum, s) => sum + (2 * (1 - s) * f(s)) / count,
    0,
  );
};

describe('the mean Hessian of a step, by three points', () => {
  const shapes: Record<string, (s: number) => number> = {
    constant: () => 3,
    'polynomial of degree four': (s) => 1 + 2 * s - 7 * s ** 2 + s ** 4,
    exponential: (s) => Math.exp(-4 * s),
    wave: (s) => Math.cos(6 * s),
    sigmoid: (s) => 1 / (1 + Math.exp(20 * (s - 0.4))),
    jump: (s) => (s < 0.3 ? 1 : 4),
  };
  for (const [name, f] of Object.entries(shapes))
    it(`errs by no more than it says: ${name}`, () => {
      const { product, error } = readSync(meanOf(f).apply(Float64Array.of(0.6, 0.8)));
      const mean = oracle(f);
      const distance = Math.hypot((product?.[0] as number) - 0.6 * mean, (product?.[1] as number) + 1.6 * mean);
      expect(distance).toBeLessThanOrEqual((error as number) + 1e-5 * Math.abs(mean));
      expect(error as number).toBeLessThan(name === 'constant' ? 1e-12 : 3);
    });

  describe('is believed only where the losses at both ends have the same one along the step', () => {
    const eta = 0.5;
    const g = Float64Array.of(1, 0.5);
    const y = [0.75, -0.25];
    const said = (f: (s: number) => number, jump = 0): string | null => {
      // ½ η² gᵀH̄g = ΔL + η y·g.
      const change = (eta ** 2 / 2) * oracle(f) * (1 - 2 * 0.25) - eta * (y[0]! * 1 + y[1]! * 0.5);
      const losses = { lossBefore: 1, lossAfter: 1 + change };
      const record = externalStep({ y, g: [...g], eta, ...losses }, 0);
      const effective: Condition = { state: 'holds', value: -change - jump, bound: 0, tolerance: 1e-6, reason: '' };
      return readSync(differsFromLosses(meanOf(f), g, record, effective));
    };

    it('one that fades is', () => {
      expect(said((s) => Math.exp(-s))).toBeNull();
    });

    it('a kink that lies between the points moves the losses, not the Hessian', () => {
      expect(said((s) => Math.exp(-s), 0.05)).toMatch(/three points/);
    });

    it('one that is at one point and nowhere near it, or that the points miss, is not', () => {
      expect(said((s) => Math.exp(-(((s - 0.113) / 0.03) ** 2)))).toMatch(/three points/);
      expect(said((s) => Math.exp(-30 * s))).toMatch(/three points/);
    });
  });
});
