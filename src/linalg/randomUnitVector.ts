import { mersenne } from 'pure-rand/generator/mersenne';

/**
 * A vector uniform on the unit sphere, by Box and Muller, from a generator of its own: `Math.random` is not touched. O(D).
 *
 * The generator's state has to be made of the seed by more than copying: the first numbers of an xorshift generator with a small
 * seed are all nearly equal, and the first entry of the vector would be 0.
 */
export function randomUnitVector(dimension: number, seed: number): Float64Array {
  const generator = mersenne(seed);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const vector = new Float64Array(dimension);
  let square = 0;
  for (let i = 0; i < dimension; i++) {
    const value = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    vector[i] = value;
    square += value * value;
  }
  const length = Math.sqrt(square);
  return vector.map((value) => value / length);
}
