import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Where the random numbers of a test file begin. A gate that draws anew every time says now and then no to a change that is innocent, so a plain run draws the same
 * ones; `STEEPEST_SEED=random` (or a number) looks for what nobody has seen yet.
 */
const given = process.env['STEEPEST_SEED'] ?? '1';
const generator = xoroshiro128plus(given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given));

/** A seed from 1 to `most`, another one at every call; put it into the message of what you expect. */
export function anySeed(most = 1_000_000): number {
  return uniformInt(generator, 1, most);
}
