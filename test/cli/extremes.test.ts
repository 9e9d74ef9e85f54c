import { describe, expect, it } from 'vitest';
import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Certificate } from '../../src/certificates/certificate.js';
import { certifyLines, type LineError } from '../../src/cli/certifyLines.js';
import { anySeed } from '../oracles/seed.js';

/** A float64 number times 2¹⁰⁷⁴, exactly. */
function exactly(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const mantissa = raw & 0xfffffffffffffn;
  const size = exponent === 0n ? mantissa : (mantissa | 0x10000000000000n) << (exponent - 1n);
  return raw >> 63n ? -size : size;
}

const dotSign = (y: readonly number[], g: readonly number[]): number => {
  const sum = y.reduce((total, value, i) => total + exactly(value) * exactly(g[i] as number), 0n);
  return sum > 0n ? 1 : sum < 0n ? -1 : 0;
};

/**
 * Is the sufficient bound met: is `η²‖g‖² H + 2 (L − L') I` positive definite? Of 1 × 1 and 2 × 2 matrices, exactly.
 */
function isMet(
  hessian: readonly (readonly number[])[],
  g: readonly number[],
  eta: number,
  losses: readonly [number, number],
) {
  const decrease = exactly(losses[0]) - exactly(losses[1]);
  const square = exactly(eta) ** 2n * g.reduce((sum, value) => sum + exactly(value) ** 2n, 0n);
  // Everything in units of 2⁻⁵³⁷⁰: five numbers are multiplied on the left, one on the right.
  const shift = 2n * decrease * (1n << (4n * 1074n));
  const at = (i: number, j: number): bigint => square * exactly(hessian[i]?.[j] as number) + (i === j ? shift : 0n);
  if (decrease <= 0n) return false;
  if (hessian.length === 1) return at(0, 0) > 0n;
  return at(0, 0) > 0n && at(0, 0) * at(1, 1) - at(0, 1) * at(1, 0) > 0n;
}

async function* inOnePiece(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(`${lines.join('\n')}\n`));
}

/** What becomes of each. */
async function answersTo(given: readonly object[]): Promise<(Certificate | LineError)[]> {
  const answers: (Certificate | LineError)[] = [];
  for await (const each of certifyLines(inOnePiece(given.map((line) => JSON.stringify(line))), () => expect.fail()))
    answers.push(each);
  expect(answers.length).toBe(given.length);
  return answers;
}

const ends = [0, -0, 1, -1, 3, 1e-300, 5e-324, 1e154, -1e154, 1e300, 1e308, -1e308, 1.7e308];

describe('numbers at the ends of float64', () => {
  it('are certified line by line: what is claimed is so in exact arithmetic, and nothing is NaN', async () => {
    const seed = anySeed();
    const generator = mersenne(seed);
    const uniform = (): number => uniformFloat64(generator);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(uniform() * from.length)] as T;
    const number = (): number => (uniform() < 0.4 ? uniform() - 0.5 : pick(ends));
    const given = Array.from({ length: 1500 }, () => {
      const size = pick([1, 2, 3, 5]);
      const vector = (): number[] => Array.from({ length: size }, number);
      const half = Array.from({ length: size }, vector);
      const hessian = half.map((row, i) => row.map((value, j) => (j <= i ? value : (half[j]?.[i] as number))));
      return {
        y: vector(),
        g: vector(),
        eta: pick([0.1, 1, 1e-300, 1e300, 5e-324]),
        lossBefore: number(),
        lossAfter: number(),
        ...(uniform() < 0.5 ? { hessian } : { hessian: undefined, hessianMin: number() }),
      };
    });
    const answers = await answersTo(given);
    const claims = { holds: 0, fails: 0 };
    for (const [i, answer] of answers.entries()) {
      const { y, g, eta, lossBefore, lossAfter, hessian } = given[i] as (typeof given)[number];
      const where = `seed ${seed}: ${JSON.stringify(given[i])}`;
      // Eigenvalues beyond float64 are all that can't be read here.
      if (answer.kind === 'error') {
        expect(answer, where).toMatchObject({ field: 'hessian' });
        continue;
      }
      const { alignment, effective, metric, stepSize } = answer;
      expect(JSON.stringify(answer).replaceAll('NaN or Infinity', ''), where).not.toMatch(/NaN|Infinity/);
      if (alignment.state === 'holds') expect(dotSign(y, g), where).toBe(1);
      if (alignment.state === 'fails') expect(dotSign(y, g), where).toBe(-1);
      if (effective.state === 'holds') expect(lossAfter, where).toBeLessThan(lossBefore);
      if (effective.state === 'fails') expect(lossAfter, where).toBeGreaterThanOrEqual(lossBefore);
      if (hessian !== undefined && hessian.length <= 2 && /holds|fails/.test(stepSize.state))
        expect(isMet(hessian, g, eta, [lossBefore, lossAfter]), `${stepSize.state}, ${where}`).toBe(
          stepSize.state === 'holds',
        );
      if (metric !== null) expect(metric.eigenvalueMin, where).toBeGreaterThan(0);
      if (alignment.state === 'holds' || alignment.state === 'fails') claims[alignment.state]++;
    }
    expect(Math.min(claims.holds, claims.fails)).toBeGreaterThan(200);
  });
});

describe('a Hessian that is nearly singular', () => {
  it('is not said to have a curvature that rounding has made', async () => {
    const seed = anySeed();
    const generator = mersenne(seed);
    const uniform = (): number => uniformFloat64(generator);
    const given = Array.from({ length: 3000 }, () => {
      // Of rank one but for the rounding of its entries, which are far from another.
      const [p, q] = [10 ** (8 * uniform() - 4), 10 ** (8 * uniform() - 4)];
      const hessian = uniform() < 0.1 ? [[(uniform() - 0.5) * p]] : [[p * p, p * q], [p * q, q * q + (uniform() < 0.5 ? 0 : (uniform() - 0.6) * 1e-12)]]; // prettier-ignore
      const g = hessian.map(() => uniform() - 0.5);
      return {
        y: g,
        g,
        eta: 10 ** (-4 * uniform()),
        lossBefore: 1 + uniform() * 10 ** (-16 * uniform()),
        lossAfter: 1,
        hessian,
      };
    });
    const answers = await answersTo(given);
    const states: Record<string, number> = {};
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'error') expect.fail(answer.message);
      const { hessian, g, eta, lossBefore, lossAfter } = given[i] as (typeof given)[number];
      const { state } = answer.stepSize;
      const where = `seed ${seed}: ${JSON.stringify(given[i])}`;
      if (state === 'holds') expect(isMet(hessian, g, eta, [lossBefore, lossAfter]), where).toBe(true);
      if (state === 'fails') expect(isMet(hessian, g, eta, [lossBefore, lossAfter]), where).toBe(false);
      states[state] = (states[state] ?? 0) + 1;
    }
    expect(Math.min(states['holds'] ?? 0, states['fails'] ?? 0, states['unresolved'] ?? 0)).toBeGreaterThan(20);
  });
});
