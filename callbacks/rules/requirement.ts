import { received } from '../received.js';

/** @throws TypeError that says who, which field, what was expected and what was received */
export function requireThat(who: string, name: string, value: unknown, expected: string, holds: boolean): void {
  if (!holds) throw new TypeError(`${who}: expected \`${name}\` to be ${expected}, got ${received(value)}`);
}

/** The same for a number; NaN and Infinity never hold. */
export function requireNumber(who: string, name: string, value: unknown, expected: string, holds: boolean): void {
  requireThat(who, name, value, expected, typeof value === 'number' && Number.isFinite(value) && holds);
}
