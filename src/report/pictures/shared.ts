import type { Plotting } from '../plotting.js';
import { tabulated } from '../charts/numbers.js';
import type { Row } from '../figure.js';
import { stack } from '../charts/stack.js';
import { together, type TimeRange } from '../charts/timeAxis.js';
import type { Span } from '../timeline/bins.js';
import { type Extent, middle } from '../timeline/extent.js';
import type { RunDigest, Stretch } from '../timeline/runDigest.js';

/** Bins that a picture of this width has room for. */
export const binsFor = (width: number): number => Math.floor(width / 2.4);

/** The steps that all runs lie in. */
export const timeOf = (runs: readonly RunDigest[]): TimeRange => together(runs);

/** Extremes of one quantity over time, where it was measured. */
export const extentsOf = (spans: readonly Span<Stretch>[], name: string): Span<Extent>[] =>
  spans.flatMap(({ from, to, content }) => {
    const extent = content.extents.get(name);
    return extent === undefined ? [] : [{ from, to, content: extent }];
  });

/** Is there any value of these? */
export const measured = (runs: readonly RunDigest[], ...names: readonly string[]): boolean =>
  runs.some((run) => run.time(1).some(({ content }) => names.some((name) => content.extents.has(name))));

/** How often it happened in the whole run. */
export const total = (run: RunDigest, name: string): number => run.time(1)[0]?.content.counts.get(name) ?? 0;

/** The same picture of each run, below one another; a title only where there are several. */
export const panels = (
  plotting: Plotting,
  runs: readonly RunDigest[],
  draw: (run: RunDigest, title: string | null) => SVGElement | HTMLElement,
): SVGElement | HTMLElement =>
  stack(
    plotting,
    runs.map((run) => draw(run, runs.length > 1 ? run.label : null)),
  );

/** A column of the table behind a picture: a count, or a quantity of which least, mean and most are told. */
export interface Column {
  readonly title: string;
  readonly count?: string;
  readonly extent?: string;
  /** From the recorded to the shown unit. */
  readonly unit?: (value: number) => number;
}

const asRecorded = (value: number): number => value;

/** The numbers of all bins; a bin without any of them has no row. */
export function table(runs: readonly RunDigest[], columns: readonly Column[]): Row[] {
  const exact = runs.every((run) => run.time().every(({ from, to }) => from === to));
  return runs.flatMap((run) =>
    run.time().flatMap(({ from, to, content }) => {
      const cells = columns.map((column) => cellsOf(column, content, exact));
      if (cells.every((row) => Object.values(row).every((cell) => cell === null))) return [];
      return [Object.assign({}, where(runs, run, from, to), ...cells) as Row];
    }),
  );
}

export const where = (runs: readonly RunDigest[], run: RunDigest, from: number, to: number): Row => ({
  ...(runs.length > 1 ? { run: run.label } : {}),
  steps: from === to ? from : `${String(from)}–${String(Math.min(to, run.last))}`,
});

function cellsOf({ title, count, extent, unit = asRecorded }: Column, content: Stretch, exact: boolean): Row {
  if (count !== undefined) return { [title]: content.counts.get(count) ?? null };
  const found = extent === undefined ? undefined : content.extents.get(extent);
  const cell = (value: (of: Extent) => number): string | null => (found ? tabulated(unit(value(found))) : null);
  if (exact) return { [title]: cell(({ max }) => max) };
  return {
    [`${title}, least`]: cell(({ min }) => min),
    [`${title}, mean`]: cell((of) => middle(of)),
    [`${title}, most`]: cell(({ max }) => max),
  };
}

/** In words for each run, named where there are several. */
export const perRun = (runs: readonly RunDigest[], words: (run: RunDigest) => string): string =>
  runs.map((run) => (runs.length > 1 ? `${run.label}: ${words(run)}` : words(run))).join(' ');

/** `a, b and c`. */
export const listed = (words: readonly string[]): string => new Intl.ListFormat('en').format(words);
