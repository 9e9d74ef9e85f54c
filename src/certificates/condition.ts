import type { Condition, State } from './certificate.js';

/** `value` where it is a number that JSON can carry, else `null`. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** A condition whose bound is 0 wherever it has a value. */
export const condition = (state: State, value: number | null, tolerance: number | null, reason: string): Condition => ({
  state,
  value,
  bound: state === 'skipped' ? null : 0,
  tolerance,
  reason,
});
