import { heatMap, type HeatRow } from '../charts/heatMap.js';
import { degrees, share, shown, tabulated } from '../charts/numbers.js';
import type { Picture, Row } from '../charts/picture.js';
import type { RunDigest } from '../timeline/runDigest.js';
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
export function layers(runs: readonly RunDigest[]): Picture {
  const some = runs.filter((run) => run.layers().some(({ content }) => content.extents.size > 0));
  const grouped = runs.some((run) => run.variables.size > mostRows);
  return {
    name: 'layers',
    title: 'Layer by layer',
    caption:
      'The angle between negative gradient and update within each variable; where many steps share a cell, the largest. ' +
      'Orange cells are variables that climb their own gradient while others pay for it; empty ones had no gradient or no update.' +
      (grouped ? ' A row of several variables shows the largest angle among them.' : ''),
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
      const largest = largestOf(names, (name) => content.extents.get(name)?.max);
      return largest === null ? [] : [{ from, to: Math.min(to, run.last), content: degrees(largest) }];
    }),
  }));
}

function rowsOf(runs: readonly RunDigest[], run: RunDigest): Row[] {
  const groups = groupsOf(run);
  return run.layers().map(({ from, to, content }) => ({
    ...where(runs, run, from, to),
    ...Object.fromEntries(
      groups.map(({ label, names }) => {
        const largest = largestOf(names, (name) => content.extents.get(name)?.max);
        const least = largestOf(names, (name) => {
          const min = content.extents.get(name)?.min;
          return min === undefined ? undefined : -min;
        });
        if (largest === null || least === null) return [`${label} (°)`, null];
        const [low, high] = [tabulated3(degrees(-least)), tabulated3(degrees(largest))];
        return [`${label} (°)`, low === high ? low : `${low} … ${high}`];
      }),
    ),
  }));
}

const tabulated3 = (value: number): string => tabulated(Number(value.toPrecision(3)));

function largestOf(names: readonly string[], value: (name: string) => number | undefined): number | null {
  const found = names.map(value).filter((each) => each !== undefined);
  return found.length === 0 ? null : Math.max(...found);
}

function alt(run: RunDigest): string {
  const astray = Object.entries(run.summary.misaligned)
    .filter(([, part]) => part > 0)
    .sort(([, a], [, b]) => b - a);
  const worst = astray.slice(0, 5).map(([name, part]) => `${name} at ${share(part, 1)} of the steps`);
  return `${shown(run.variables.size)} variables; ${worst.length > 0 ? `climbing their own gradient: ${worst.join(', ')}` : 'none ever climbed its own gradient'}.`;
}
