import { expect } from 'vitest';
import { gram } from '../../src/linalg/gram.js';
import { eta, type GramCase, type MeasuredCase } from './gramCases.js';

/** Holds what was measured of a case against float64. */
export function expectGrams(name: string, given: GramCase, found: MeasuredCase): void {
  expect(found.leaked).toBe(0);
  expect(found.blurred).toBe(false);
  expect(found.passes, name).toBe(/small gradient|after a rate/.test(name) ? 2 : 1);
  if (name.includes('NaN') || name.includes('infinite')) {
    expect(found.gram).toBeNull();
    expect(found.trouble).toContain(`${name.includes('update') ? 'update' : 'gradient'} of "variable 1"`);
    return;
  }
  const theta = given.before.flat();
  const y = given.gradients
    .flatMap((each, i) => each ?? (given.before[i] as number[]).map(() => 0))
    .map((value) => -value);
  const g = given.after.flat().map((value, i) => (value - (theta[i] as number)) / eta);
  const expected = gram(y, g);
  const scale = 2 ** (expected.yExponent ?? 0);
  const size = Math.sqrt(expected.yy * expected.gg) * scale;
  expect(Math.abs((found.gram?.yg ?? 0) - expected.yg * scale)).toBeLessThanOrEqual(found.dotError);
  expect(found.dotError).toBeLessThan(2e-5 * size);
  expect(Math.abs((found.gram?.yy ?? 0) / scale ** 2 - expected.yy)).toBeLessThan(1e-5 * expected.yy);
  expect(Math.abs((found.gram?.gg ?? 0) - expected.gg)).toBeLessThan(1e-5 * expected.gg);
  const absolute = y.reduce((sum, value, i) => sum + Math.abs(value * (theta[i] as number)), 0);
  expect(found.absYTheta).toBeGreaterThanOrEqual(0.999 * absolute);
  expect(found.absYTheta).toBeLessThanOrEqual(1.001 * absolute);
  const length = Math.sqrt(given.after.flat().reduce((sum, value) => sum + value * value, 0));
  expect((found.roundingNorm * eta * Math.sqrt(12)) / 2 ** -23 / length).toBeCloseTo(1, 3);
  found.variables.forEach((variable, i) => {
    const own = given.gradients[i] ?? (given.before[i] as number[]).map(() => 0);
    const conflict = own.some((value, k) => {
      const d = (given.after[i]?.[k] as number) - (given.before[i]?.[k] as number);
      return !(-value * d > 0) && (value !== 0 || d !== 0);
    });
    if (!name.startsWith('plain descent')) expect(variable.conflicts > 0, variable.name).toBe(conflict);
    expect(variable.dimension).toBe(own.length);
    expect(Math.abs(variable.yy - own.reduce((sum, value) => sum + value * value, 0))).toBeLessThan(
      1e-5 * variable.yy || 1e-30,
    );
  });
  if (name === 'without a gradient') expect(found.variables[0]).toMatchObject({ yy: 0, yg: 0, conflicts: 1 });
  if (!name.startsWith('plain descent')) return;
  expect(found.variables.map((each) => each.conflicts)).toEqual([0, 0]);
  expect(Math.sqrt((found.gram?.rejected ?? 1) / expected.yy)).toBeLessThan(1e-5);
}
