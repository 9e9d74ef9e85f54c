import { expect } from 'vitest';

/** How far two backends' numbers may be apart after a dozen steps in float32, relative to their size. */
export const close = 2e-3;

export const expectClose = (
  found: number | null | undefined,
  expected: number | null | undefined,
  what: string,
): void => {
  if (typeof found !== 'number' || typeof expected !== 'number') expect(found ?? null, what).toBe(expected ?? null);
  else expect(Math.abs(found - expected), what).toBeLessThanOrEqual(close * Math.max(1e-3, Math.abs(expected)));
};
