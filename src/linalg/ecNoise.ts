/**
 * Noise level of a computed function from equally spaced values of it: the largest estimate of the difference table's levels
 * 3 to 5 [Moré & Wild 2011, Estimating Computational Noise]. A smooth function's differences vanish with the level, those of
 * its rounding do not: with `Tᵢₖ` the k-th differences, `σₖ² = (k!)²/(2k)! · mean(Tᵢₖ²)`.
 *
 * @param values at least 6 values `f(x + j h v)`, j = 0, 1, …, in float64; in the unit of the function.
 */
export function ecNoise(values: readonly number[]): number {
  let differences = [...values];
  let gamma = 1;
  let noise = 0;
  for (let level = 1; level <= 5 && differences.length > 1; level++) {
    differences = differences.slice(1).map((value, i) => value - (differences[i] as number));
    gamma *= level / (2 * (2 * level - 1));
    if (level < 3) continue;
    const meanSquare = differences.reduce((sum, d) => sum + d * d, 0) / differences.length;
    noise = Math.max(noise, Math.sqrt(gamma * meanSquare));
  }
  return noise;
}
