import { dot } from './dot.js';

/** `‖v‖` in float64. */
export const norm = (v: ArrayLike<number>): number => Math.sqrt(dot(v, v));
