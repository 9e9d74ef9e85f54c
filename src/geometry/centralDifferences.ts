import { ecNoise } from '../linalg/ecNoise.js';

/** A gradient made of differences of a function, and what each entry may be off by. */
export interface DifferenceGradient {
  /** The function at `x`. */
  readonly value: number;
  readonly gradient: Float64Array;
  /** Of each entry: the difference of two step lengths, and the rounding of the function over the shorter one. */
  readonly error: Float64Array;
}

const epsilon = 2 ** -52;
/** Where the errors of truncation and of rounding of a central difference meet. */
const reach = Math.cbrt(epsilon);
/** Spacings of the values that tell the noise, in units of the reach: one alone may keep step with the rounding. */
const probes = [0.25, 0.31, 0.37];
const noiseValues = 7;

/**
 * The gradient of `f` at `x` by central differences of two step lengths, extrapolated (fourth order); its error is estimated from
 * their disagreement and from the noise of `f` (ECNoise). `f` has to be smooth over `1e-5 max(|xᵢ|, rms/10)` around `x`, and computed in
 * float64; where it stands still over that reach the error is Infinity. 4 D + 22 calls of `f`, each with an array of its own.
 */
export function centralDifferences(f: (x: number[]) => number, x: readonly number[]): DifferenceGradient {
  const rms = Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 0) / x.length);
  // At the origin there is no scale but the unit itself.
  const scales = x.map((xi) => Math.max(Math.abs(xi), rms / 10) || 1);
  const noise = Math.max(...probes.map((probe) => noiseOf(f, x, scales, probe)));
  const gradient = new Float64Array(x.length);
  const error = new Float64Array(x.length);
  scales.forEach((scale, i) => {
    const short = slope(f, x, i, reach * scale);
    const long = slope(f, x, i, 2 * reach * scale);
    gradient[i] = (4 * short.slope - long.slope) / 3;
    // Seven values tell the noise to a factor of about three.
    const rounding = 4 * Math.max(4 * noise, epsilon * Math.max(short.size, long.size));
    error[i] = Math.abs(short.slope - long.slope) / 3 + (1.5 * rounding) / (reach * scale);
  });
  return { value: f([...x]), gradient, error };
}

/** The noise of `f` in one direction around `x`; Infinity where it stands still, so that its rounding cannot be told. */
function noiseOf(f: (x: number[]) => number, x: readonly number[], scales: readonly number[], spacing: number): number {
  const around = Array.from({ length: noiseValues }, (_, j) =>
    // Cosines: no direction in which a function of simple symmetry stands still.
    f(x.map((xi, i) => xi + j * spacing * reach * (scales[i] as number) * Math.cos(1 + (2 + spacing) * i))),
  );
  return around.some((value, j) => value === around[j - 1]) ? Number.POSITIVE_INFINITY : ecNoise(around);
}

function slope(
  f: (x: number[]) => number,
  x: readonly number[],
  i: number,
  h: number,
): { slope: number; size: number } {
  const xi = x[i] as number;
  const [up, down] = [xi + h, xi - h];
  const [above, below] = [f(x.with(i, up)), f(x.with(i, down))];
  return { slope: (above - below) / (up - down), size: Math.max(Math.abs(above), Math.abs(below)) };
}
