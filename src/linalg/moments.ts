/** Running count, mean and central moments of a stream of numbers; plain data. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** `Σ (x − mean)²`. */
  readonly squares: number;
  /** `Σ (x − mean)³`. */
  readonly cubes: number;
}

export const noMoments: Moments = { count: 0, mean: 0, squares: 0, cubes: 0 };

/** Takes one number in, without the cancellation of sums of powers [Welford 1962; Pébay 2008]. O(1). */
export function addMoment({ count, mean, squares, cubes }: Moments, value: number): Moments {
  const n = count + 1;
  const delta = value - mean;
  const step = delta / n;
  const gain = delta * step * count;
  return {
    count: n,
    mean: mean + step,
    squares: squares + gain,
    cubes: cubes + gain * step * (n - 2) - 3 * step * squares,
  };
}
