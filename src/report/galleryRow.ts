import { meanInterval } from '../linalg/meanInterval.js';
import { addMoment, noMoments } from '../linalg/moments.js';
import type { Certificate, Verdict } from '../certificates/certificate.js';
import type { StepRecord } from '../certificates/stepRecord.js';
import { advanceWindow, emptyWindow, lastWindow } from '../certificates/window.js';
import { Tally } from './summary.js';

/** What came of one learning rule. Angles in radians; `null`: nothing to say it of. */
export interface GalleryRow {
  readonly rule: string;
  /** Does the rule claim to learn? */
  readonly learning: boolean;
  readonly steps: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly psiMedian: number | null;
  readonly conditionNumberMedian: number | null;
  /** Steps by the simplest metric that explains them. */
  readonly structure: Readonly<Record<string, number>>;
  /** Smallest T, up to half of the run, over which the loss fell from every step on; `null`: none. */
  readonly window: number | null;
  readonly lossBefore: number | null;
  readonly lossAfter: number | null;
  /** Steps at which `y·g > 0` was proven, whatever the loss then did. */
  readonly aligned: number;
  /** 95 % interval (Wilson) of the share that `aligned` estimates, taking the steps for independent. */
  readonly alignedInterval: Interval;
  /** Mean decrease of the loss a step, over the run, and its 95 % interval (`meanInterval`), taking the steps for independent; `null` with fewer than two measured steps. */
  readonly meanDecrease: { readonly value: number; readonly interval: Interval } | null;
  /** Share of the steps at which each layer's own `y·g` was positive, first layer first. */
  readonly layers: readonly { readonly name: string; readonly aligned: number }[];
  readonly learningRate: number | null;
}

type Interval = readonly [low: number, high: number];

/** Quantile of the standard normal that leaves 2.5 % on either side. */
const z = 1.959964;

/** Adds up what was recorded of one run of a rule. @param longest the longest window tried */
export function galleryRow(
  { name, learning }: { readonly name: string; readonly learning: boolean },
  records: readonly StepRecord[],
  certificates: readonly Certificate[],
  longest = 50,
): GalleryRow {
  const tally = new Tally();
  for (const certificate of certificates) tally.certificate(certificate);
  const aligned = certificates.filter(({ alignment }) => alignment.state === 'holds').length;
  const { steps, verdicts, psiMedian, conditionNumberMedian, structure, lossFirst } = tally.summary();
  return {
    rule: name,
    learning,
    steps,
    verdicts,
    psiMedian,
    conditionNumberMedian,
    structure,
    window: smallestWindow(records, Math.min(longest, Math.floor(records.length / 2))),
    lossBefore: lossFirst,
    lossAfter: certificates.at(-1)?.lossAfter ?? null,
    aligned,
    alignedInterval: wilson(aligned, steps),
    meanDecrease: meanDecrease(certificates),
    layers: layersOf(certificates),
    learningRate: certificates[0]?.learningRate ?? null,
  };
}

function wilson(hits: number, trials: number): Interval {
  if (trials === 0) return [0, 1];
  const p = hits / trials;
  const centre = (p + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials);
  const half = (z / (1 + z ** 2 / trials)) * Math.sqrt((p * (1 - p)) / trials + z ** 2 / (4 * trials ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function meanDecrease(certificates: readonly Certificate[]): GalleryRow['meanDecrease'] {
  const decreases = certificates.flatMap(({ lossBefore, lossAfter }) =>
    lossBefore === null || lossAfter === null ? [] : [lossBefore - lossAfter],
  );
  const { mean, count, ...spread } = decreases.reduce(addMoment, noMoments);
  const interval = meanInterval(mean, { count, dof: count - 1, ...spread }, 0.95);
  return interval && { value: mean, interval };
}

function smallestWindow(records: readonly StepRecord[], size: number): number | null {
  if (size < 1) return null;
  const last = records.reduce((state, record) => advanceWindow(state, record), emptyWindow(size, 1));
  return (lastWindow(last) ?? last.window)?.smallestEffective ?? null;
}

/** A variable belongs to the layer before the last slash of its name. */
function layersOf(certificates: readonly Certificate[]): GalleryRow['layers'] {
  const counts = new Map<string, { aligned: number; steps: number }>();
  for (const { variables } of certificates) {
    const sums = new Map<string, number>();
    for (const { name, alignment } of variables) {
      const layer = name.replace(/\/[^/]*$/, '');
      sums.set(layer, (sums.get(layer) ?? 0) + alignment);
    }
    for (const [layer, sum] of sums) {
      const count = counts.get(layer) ?? { aligned: 0, steps: 0 };
      counts.set(layer, { aligned: count.aligned + (sum > 0 ? 1 : 0), steps: count.steps + 1 });
    }
  }
  return [...counts].map(([name, { aligned, steps }]) => ({ name, aligned: aligned / steps }));
}
