export function solveLyapunov(a: readonly (readonly number[])[], q: readonly (readonly number[])[]): number[][];
