import type { Figure } from '../figure.js';
import { alphaDial } from '../figures/alphaDial.js';
import { metricBall } from '../figures/metricBall.js';
import { movingBall } from '../figures/movingBall.js';
import { spectrumAgainstPsi } from '../figures/spectrumAgainstPsi.js';
import type { Moment } from '../timeline/moments.js';
import type { RunDigest } from '../timeline/runDigest.js';

/** What a page has room for; runs share it. */
const mostDots = 100;
const mostPanels = 8;

/**
 * The paper's figures of a run: its metric, and how free the choice of it was.
 *
 * @param runs all on the page; where there are several, names and titles tell which it is
 */
export const metricFigures = (runs: readonly RunDigest[], run: RunDigest): Figure[] =>
  figuresOf(run, runs.length).map((figure) =>
    runs.length > 1
      ? {
          ...figure,
          name: `${figure.name}-${String(runs.indexOf(run) + 1)}`,
          title: `${figure.title}: ${run.label}`,
        }
      : figure,
  );

function figuresOf(run: RunDigest, sharers: number): Figure[] {
  const moments = drawable(run);
  const middle = [...moments].sort((one, other) => one.metric.psi - other.metric.psi)[moments.length >> 1] ?? null;
  return [
    of(middle, metricBall(middle?.metric ?? null)),
    movingBall(moments, mostPanels / sharers),
    spectrumAgainstPsi(
      moments.map(({ metric }) => metric),
      mostDots / sharers,
    ),
    of(middle, alphaDial(middle?.metric ?? null)),
  ];
}

/** Moments whose numbers are those of a metric: a file may say anything. */
export const drawable = ({ moments }: RunDigest): Moment[] =>
  moments.filter(
    ({ metric: { psi, conditionNumber, eigenvalueMin, eigenvalueMax, alpha } }) =>
      psi >= 0 && psi < Math.PI / 2 && conditionNumber >= 1 && Math.min(eigenvalueMin, eigenvalueMax, alpha) > 0,
  );

/** Which step it is of. */
const of = (moment: Moment | null, figure: Figure): Figure =>
  moment === null || figure.missing !== null
    ? figure
    : {
        ...figure,
        caption: `Step ${String(moment.step)}, whose ψ is the median of this run's sampled steps. ${figure.caption}`,
      };
