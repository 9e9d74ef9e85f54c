/** Steps `from … to` (both inside) and what was gathered of them. */
export interface Span<T> {
  readonly from: number;
  readonly to: number;
  readonly content: T;
}

/** How the contents of a bin begin, and how the later of two neighbours is taken into the earlier. */
export interface Gathering<T> {
  readonly empty: () => T;
  readonly join: (into: T, from: T) => void;
}

/**
 * Gathers what belongs to steps in bins of equal width, at most `limit` of them, of a run whose length nobody knows: whenever
 * it outgrows them, neighbours are joined in pairs. Whatever `join` keeps (counts, extremes) is kept exactly. O(1) a step.
 */
export class Bins<T> {
  #bins: (T | undefined)[] = [];
  #origin: number | null = null;
  #width = 1;

  constructor(
    private readonly limit: number,
    private readonly gathering: Gathering<T>,
  ) {}

  /** Steps a bin is wide: a power of two. */
  get width(): number {
    return this.#width;
  }

  /** The bin of a step, to be added to. A step before the first one seen belongs to the first bin. */
  at(step: number): T {
    this.#origin ??= step;
    let index = this.#index(step);
    while (index >= this.limit) {
      this.#bins = halved(this.#bins, this.gathering);
      this.#width *= 2;
      index = this.#index(step);
    }
    return (this.#bins[index] ??= this.gathering.empty());
  }

  #index(step: number): number {
    return Math.max(0, Math.floor((step - (this.#origin ?? step)) / this.#width));
  }

  /** The bins that hold something, in order, joined until they are at most `limit`. */
  spans(limit = this.limit): Span<T>[] {
    let bins = this.#bins;
    let width = this.#width;
    for (; bins.length > Math.max(1, limit); width *= 2) bins = halved(bins, this.gathering);
    const origin = this.#origin ?? 0;
    return bins.flatMap((content, i) =>
      content === undefined ? [] : [{ from: origin + i * width, to: origin + (i + 1) * width - 1, content }],
    );
  }
}

/** Pairs joined; what they were stays as it was. */
function halved<T>(bins: readonly (T | undefined)[], { empty, join }: Gathering<T>): (T | undefined)[] {
  return Array.from({ length: Math.ceil(bins.length / 2) }, (_, i) => {
    const pair = [bins[2 * i], bins[2 * i + 1]].filter((bin) => bin !== undefined);
    if (pair.length === 0) return undefined;
    const joined = empty();
    for (const bin of pair) join(joined, bin);
    return joined;
  });
}
