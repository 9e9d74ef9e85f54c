import { heatMap, type HeatRow } from '../charts/heatMap.js';
import { degrees, share, shown, tabulated } from '../charts/numbers.js';
import type { Figure, Row } from '../figure.js';
import { emptyExtent, type Extent, join, middle } from '../timeline/extent.js';
import type { RunDigest, Stretch } from '../timeline/runDigest.js';
import { binsFor, panels, perRun, timeOf, where } from './shared.js';

/** Rows of the picture; neighbours share one where there are more variables. */
const mostRows = 28;

/** Names that are shown as one row. */
interface Group {
  readonly label: string;
  readonly names: readonly string[];
}

function groupsOf(run: RunDigest): Group[] {
  const names = [...run.variables.keys()];
  const size = Math.max(1, Math.ceil(names.length / mostRows));
  return Array.from({ length: Math.ceil(names.length / size) }, (_, i) => {
    const own = names.slice(i * size, (i + 1) * size);
    const first = own[0] as string;
    return { names: own, label: own.length === 1 ? first : `${first} + ${String(own.length - 1)}` };
  });
}

/** The angle of every variable over time. */
export function layers(runs: readonly RunDigest[]): Figure {
  const some = runs.filter((run) => run.layers().some(({ content }) => content.extents.size > 0));
  const grouped = runs.some((run) => run.variables.size > mostRows);
  return {
    name: 'layers',
    title: 'Layer by layer',
    caption:
      'The angle between negative gradient and update within each variable: orange ones climb their own gradient while others pay for it. ' +
      'Where many steps share a cell, its upper part is their mean and its lower part the largest. Empty: no gradient, or no update.' +
      (grouped ? ' A row of several variables has them all in it.' : ''),
    alt: perRun(runs, alt),
    rows: runs.flatMap((run) => rowsOf(runs, run)),
    missing:
      some.length > 0 ? null : 'No variable of this run has an angle: no gradient or no update was recorded for any.',
    draw: (plotting, width) =>
      panels(plotting, some, (run, title) =>
        heatMap(plotting, width, { title, time: timeOf(some), rows: heatRows(run, width) }),
      ),
  };
}

function heatRows(run: RunDigest, width: number): HeatRow[] {
  const spans = run.layers(binsFor(width) / 2);
  return groupsOf(run).map(({ label, names }) => ({
    label,
    spans: spans.flatMap(({ from, to, content }) => {
      const all = together(names, content);
      if (all.count === 0) return [];
      return [{ from, to: Math.min(to, run.last), content: { mean: degrees(middle(all)), largest: degrees(all.max) } }];
    }),
  }));
}

function together(names: readonly string[], { extents }: Stretch): Extent {
  const all = emptyExtent();
  for (const name of names) {
    const extent = extents.get(name);
    if (extent) join(all, extent);
  }
  return all;
}

function rowsOf(runs: readonly RunDigest[], run: RunDigest): Row[] {
  const groups = groupsOf(run);
  return run.layers().map(({ from, to, content }) => ({
    ...where(runs, run, from, to),
    ...Object.fromEntries(
      groups.map(({ label, names }) => {
        const all = together(names, content);
        const [low, mid, high] = [all.min, middle(all), all.max].map((angle) => tabulated3(degrees(angle)));
        const told = low === high ? low : `${String(low)} … ${String(high)}, mean ${String(mid)}`;
        return [`${label} (°)`, all.count === 0 ? null : (told ?? null)];
      }),
    ),
  }));
}

const tabulated3 = (value: number): string => tabulated(Number(value.toPrecision(3)));

function alt(run: RunDigest): string {
  const astray = Object.entries(run.summary.misaligned)
    .filter(([, part]) => part > 0)
    .sort(([, a], [, b]) => b - a);
  const worst = astray.slice(0, 5).map(([name, part]) => `${name} at ${share(part, 1)} of the steps`);
  return `${shown(run.variables.size)} variables; ${worst.length > 0 ? `climbing their own gradient: ${worst.join(', ')}` : 'none ever climbed its own gradient'}.`;
}
