import type { Four } from './partialSums/sumsOfAll.js';
import { padding } from './partialSums/terms.js';

/** Says of whose padding webgl makes another function, by the sums of a step (`terms: 'step'`); `null`: of nobody's. */
export function paddingTrouble(names: readonly string[], sums: readonly Four[]): string | null {
  const odd = sums.findIndex(([, , , conflicts]) => conflicts >= padding / 2 && Number.isFinite(conflicts));
  return odd < 0
    ? null
    : `TensorFlow.js computes another function on webgl: the padding of "${names[odd] as string}", a matrix of odd size, is not zero and goes into its products; make the widths of the layers even, or train on another backend`;
}
