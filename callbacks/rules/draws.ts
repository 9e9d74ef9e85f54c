import { mersenne } from 'pure-rand/generator/mersenne';

/** Random numbers of a rule: a stream of its own, the same for the same seed; `Math.random` is not touched. */
export interface Draws {
  /** Uniform in (0, 1). */
  readonly uniform: () => number;
  /** Standard normal, by Box and Muller. */
  readonly normal: () => number;
  readonly normals: (size: number) => Float32Array;
}

export function draws(seed: number): Draws {
  const generator = mersenne(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, normals: (size) => Float32Array.from({ length: size }, normal) };
}
