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

  it('covers the mean of skewed draws where Student alone falls short', () => {
    const next = random();
    let [plain, corrected] = [0, 0];
    const repetitions = 4000;
    for (let i = 0; i < repetitions; i++) {
      // χ² of one degree of freedom, mean 1.
      const sample = Array.from({ length: 25 }, () => -2 * Math.log(next()) * Math.cos(2 * Math.PI * next()) ** 2);
      const { count, mean, squares, cubes } = sample.reduce(addMoment, noMoments);
      const covers = (found: readonly [number, number] | null): boolean =>
        found !== null && found[0] <= 1 && 1 <= found[1];
      if (covers(meanInterval(mean, { count, dof: 24, squares, cubes: 0 }, 0.95))) plain++;
      if (covers(meanInterval(mean, { count, dof: 24, squares, cubes }, 0.95))) corrected++;
    }
    expect(corrected / repetitions, `seed ${seed}`).toBeGreaterThan(0.925);
    expect(corrected / repetitions, `seed ${seed}`).toBeLessThan(0.965);
    expect(corrected - plain, `seed ${seed}`).toBeGreaterThan(0.02 * repetitions);
  });

  it('knows nothing of one draw, and everything of draws that are all the same', () => {
    expect(meanInterval(1, { count: 1, dof: 0, squares: 0, cubes: 0 }, 0.95)).toBeNull();
    expect(meanInterval(1, { count: 9, dof: 8, squares: 0, cubes: 0 }, 0.95)).toEqual([1, 1]);
  });
});
