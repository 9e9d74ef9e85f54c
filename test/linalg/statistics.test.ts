import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../src/linalg/meanInterval.js';
import { addMoment, noMoments } from '../../src/linalg/moments.js';
import { studentQuantile } from '../../src/linalg/studentQuantile.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const random = (): (() => number) => {
  const generator = mersenne(seed);
  return () => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
};

describe('studentQuantile', () => {
  // scipy.stats.t.ppf((1 + confidence)/2, dof)
  it.each([
    [0.95, 1, 12.706204736174694],
    [0.95, 2, 4.302652729749462],
    [0.95, 3, 3.1824463052837078],
    [0.95, 7, 2.364624251592784],
    [0.999, 15, 4.072765195903846],
    [0.99998, 4, 23.332182700855984],
    [0.2, 2, 0.2886751345948128],
    [0.95, 999, 1.9623414611334626],
  ])('of %f, %i degrees of freedom', (confidence, dof, wanted) => {
    expect(Math.abs(studentQuantile(confidence, dof) / wanted - 1)).toBeLessThan(1e-9);
  });

  it('is that of a thousand beyond a thousand: hardly more than the normal one', () => {
    expect(studentQuantile(0.95, 1e9)).toBe(studentQuantile(0.95, 1000));
    expect(studentQuantile(0.95, 1e9) / 1.959963984540054).toBeLessThan(1.002);
  });
});

describe('moments', () => {
  it('agree with two passes, far from zero too', () => {
    const next = random();
    const values = Array.from({ length: 57 }, () => 1e6 + next() ** 3);
    const { count, mean, squares, cubes } = values.reduce(addMoment, noMoments);
    const exact = values.reduce((sum, value) => sum + (value - 1e6), 0) / 57;
    const power = (k: number): number => values.reduce((sum, value) => sum + (value - 1e6 - exact) ** k, 0);
    expect(count).toBe(57);
    expect(mean - 1e6).toBeCloseTo(exact, 8);
    expect(Math.abs(squares / power(2) - 1)).toBeLessThan(1e-8);
    expect(Math.abs(cubes - power(3)), `seed ${seed}`).toBeLessThan(1e-7 * power(2));
  });
});

describe('meanInterval', () => {
  it('is that of Student for a symmetric sample', () => {
    const sample = [1, 2, 3, 4, 5];
    const { count, mean, squares, cubes } = sample.reduce(addMoment, noMoments);
    const half = (2.7764451051977987 * Math.sqrt(2.5)) / Math.sqrt(5);
    const [low, high] = meanInterval(mean, { count, dof: 4, squares, cubes }, 0.95) ?? [0, 0];
    expect(low).toBeCloseTo(3 - half, 9);
    expect(high).toBeCloseTo(3 + half, 9);
  });

  it('reaches farther to the side of a long tail', () => {
    const sample = [1, 1, 1, 1, 2, 2, 3, 9];
    const { count, mean, squares, cubes } = sample.reduce(addMoment, noMoments);
    const [low, high] = meanInterval(mean, { count, dof: count - 1, squares, cubes }, 0.95) ?? [0, 0];
    expect(high - mean).toBeGreaterThan(1.5 * (mean - low));
    const mirrored = meanInterval(-mean, { count, dof: count - 1, squares, cubes: -cubes }, 0.95) ?? [0, 0];
    expect(mirrored).toEqual([-high, -low]);
  });

  /** Weight perturbation in three dimensions, `g = (y·ξ) ξ`: the decrease of ½ Σ hᵢθᵢ², about its mean. */
  const perturbed = (normal: () => number): number => {
    const [h, y, eta] = [[0.5, 0.8, 1.2], [0.5, 0.4, -0.5], 0.32] as const;
    const xi = h.map(normal);
    const along = xi.reduce((sum, each, i) => sum + each * y[i]!, 0) ** 2;
    const curved = xi.reduce((sum, each, i) => sum + each * each * h[i]!, 0);
    const square = y.reduce((sum, each) => sum + each * each, 0);
    const quartic = y.reduce((sum, each, i) => sum + 2 * h[i]! * each * each, 0) + square * 2.5;
    return eta * (along - square) - (eta ** 2 / 2) * (along * curved - quartic);
  };

  it.each([
    // Of χ² of one degree of freedom Student covers 91 %.
    ['skewed', 30, 0.91, (normal: () => number) => normal() ** 2 - 1],
    // Hall's alone covers 91 % here: the longer tail is seldom in a sample, which leans the other way.
    ['with a rare tail', 40, 0.945, perturbed],
  ] as const)('covers the mean of %s draws as often as it says', (_, count, student, draw) => {
    const next = random();
    const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
    let [plain, corrected] = [0, 0];
    const repetitions = 4000;
    for (let i = 0; i < repetitions; i++) {
      const { mean, squares, cubes } = Array.from({ length: count }, () => draw(normal)).reduce(addMoment, noMoments);
      const covers = (found: readonly [number, number] | null): boolean =>
        found !== null && found[0] <= 0 && 0 <= found[1];
      const half = studentQuantile(0.95, count - 1) * Math.sqrt(squares / (count - 1) / count);
      if (covers([mean - half, mean + half])) plain++;
      if (covers(meanInterval(mean, { count, dof: count - 1, squares, cubes }, 0.95))) corrected++;
    }
    expect(Math.abs(plain / repetitions - student), `seed ${seed}`).toBeLessThan(0.025);
    expect(corrected / repetitions, `seed ${seed}`).toBeGreaterThan(0.935);
    expect(corrected / repetitions, `seed ${seed}`).toBeLessThan(0.98);
  });

  it('knows nothing of one draw, and everything of draws that are all the same', () => {
    expect(meanInterval(1, { count: 1, dof: 0, squares: 0, cubes: 0 }, 0.95)).toBeNull();
    expect(meanInterval(1, { count: 9, dof: 8, squares: 0, cubes: 0 }, 0.95)).toEqual([1, 1]);
  });
});
