/** What is kept of many values of one quantity: nothing between its extremes is promised, the extremes are exact. */
export interface Extent {
  count: number;
  min: number;
  max: number;
  sum: number;
  /** Sum of logarithms; `NaN` once a value was not positive. */
  logSum: number;
}

export const emptyExtent = (): Extent => ({ count: 0, min: Infinity, max: -Infinity, sum: 0, logSum: 0 });

/** Takes one finite value in. */
export function extend(extent: Extent, value: number): void {
  extent.count++;
  if (value < extent.min) extent.min = value;
  if (value > extent.max) extent.max = value;
  extent.sum += value;
  extent.logSum += value > 0 ? Math.log(value) : NaN;
}

/** Takes all values of another in. */
export function join(into: Extent, from: Extent): void {
  into.count += from.count;
  into.min = Math.min(into.min, from.min);
  into.max = Math.max(into.max, from.max);
  into.sum += from.sum;
  into.logSum += from.logSum;
}

/** Mean of the values, or, for an axis of powers, their geometric mean; always between the extremes. */
export function middle({ count, min, max, sum, logSum }: Extent, powers = false): number {
  if (min === max) return min;
  const mean = powers && Number.isFinite(logSum) ? Math.exp(logSum / count) : sum / count;
  return Number.isFinite(mean) ? Math.min(max, Math.max(min, mean)) : min / 2 + max / 2;
}
