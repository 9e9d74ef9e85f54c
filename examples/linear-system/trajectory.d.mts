export function trajectory(
  a: readonly (readonly number[])[],
  start: readonly number[],
  times: readonly number[],
): number[][];
