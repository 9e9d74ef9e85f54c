import { scaleByPower } from './gram.js';

/** A number as `part · 2^exponent`. */
export interface Parted {
  /** Between 1 and 2 in magnitude; of 0, 0. */
  readonly part: number;
  readonly exponent: number;
}

/** A finite number in its parts, so that products and quotients neither overflow nor underflow on the way. */
export function parted(value: number): Parted {
  const exponent = value === 0 || !Number.isFinite(value) ? 0 : Math.floor(Math.log2(Math.abs(value)));
  return { part: scaleByPower(value, -exponent), exponent };
}
