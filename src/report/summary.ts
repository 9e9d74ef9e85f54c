import type { Alert } from '../alerts/alert.js';
import type { Certificate, Condition, Verdict } from '../certificates/certificate.js';
import type { LossSplitRecord } from '../certificates/splitLoss.js';
import type { WindowCertificate } from '../certificates/window.js';

/** What a run came to, in numbers. */
export interface Summary {
  readonly steps: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Steps whose loss was measured on both sides, and those among them at which it fell. */
  readonly decrease: { readonly measured: number; readonly holds: number; readonly fails: number };
  readonly stepSize: { readonly holds: number; readonly fails: number; readonly unresolved: number };
  readonly psiMedian: number | null;
  readonly conditionNumberMedian: number | null;
  readonly structure: Readonly<Record<string, number>>;
  /** Share of the steps with a metric in which each variable's own `y·g` was negative. */
  readonly misaligned: Readonly<Record<string, number>>;
  /** Why conditions were left unresolved, most frequent first. */
  readonly unresolved: readonly { readonly reason: string; readonly steps: number }[];
  readonly alerts: Readonly<Record<string, number>>;
  /** Windows of steps, each taken as one; `smallest`: the T over which the fixed loss fell from every step, `null`: not known. */
  readonly windows: {
    /** T; `null`: windows were not asked for. */
    readonly size: number | null;
    readonly seen: number;
    readonly effective: number;
    readonly rose: number;
    readonly smallest: number | null;
  };
  /**
   * Of the change of the loss where both parts are known: by the steps, by the change of batch or of time; how many steps; how many of
   * them outran that change, and how many it outran.
   */
  readonly change: {
    readonly steps: number;
    readonly bySteps: number;
    readonly byChange: number;
    readonly holds: number;
    readonly fails: number;
  };
  /** Steps whose energy fell and rose, of those for which there is one. */
  readonly energy: { readonly asked: number; readonly holds: number; readonly fails: number };
  readonly lossFirst: number | null;
  readonly lossLast: number | null;
  readonly dropped: number;
}

/** Values thinned so that no more than `limit` are kept, evenly over the run. */
interface Sample {
  readonly values: number[];
  stride: number;
  seen: number;
}
const sampleLimit = 4096;

function take(sample: Sample, value: number): void {
  if (sample.seen++ % sample.stride !== 0) return;
  sample.values.push(value);
  if (sample.values.length < sampleLimit) return;
  const kept = sample.values.filter((_, i) => i % 2 === 0);
  sample.values.splice(0, sample.values.length, ...kept);
  sample.stride *= 2;
}

function median({ values }: Sample): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Adds up certificates and alerts as they come; memory does not grow with the run. */
export class Tally {
  #steps = 0;
  readonly #verdicts: Record<Verdict, number> = {
    'natural-gradient': 0,
    overshoot: 0,
    'discrete-natural-gradient': 0,
    'not-natural-gradient': 0,
    unresolved: 0,
  };
  readonly #decrease = { measured: 0, holds: 0, fails: 0 };
  readonly #stepSize = { holds: 0, fails: 0, unresolved: 0 };
  readonly #psi: Sample = { values: [], stride: 1, seen: 0 };
  readonly #conditionNumber: Sample = { values: [], stride: 1, seen: 0 };
  readonly #structure = new Map<string, number>();
  readonly #misaligned = new Map<string, number>();
  readonly #measured = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #alerts = new Map<string, number>();
  readonly #windows = { seen: 0, effective: 0, rose: 0, smallest: null as number | null };
  readonly #change = { steps: 0, bySteps: 0, byChange: 0, holds: 0, fails: 0 };
  readonly #energy = { asked: 0, holds: 0, fails: 0 };
  #lossFirst: number | null = null;
  #lossLast: number | null = null;
  /** Lines that a sink could not take. */
  dropped = 0;

  /** @param windowSize T; 0: no windows */
  constructor(private readonly windowSize = 0) {}

  window({ effective, smallestEffective }: WindowCertificate): void {
    this.#windows.seen++;
    if (effective.state === 'holds') this.#windows.effective++;
    if (effective.state === 'fails') this.#windows.rose++;
    this.#windows.smallest = smallestEffective;
  }

  split({ byStep, byChange, extended: { state } }: LossSplitRecord): void {
    this.#change.steps++;
    this.#change.bySteps += byStep;
    this.#change.byChange += byChange;
    if (state === 'holds' || state === 'fails') this.#change[state]++;
  }

  certificate(certificate: Certificate): void {
    this.#steps++;
    this.#verdicts[certificate.verdict]++;
    const { effective, stepSize, metric } = certificate;
    if (effective.state !== 'skipped') this.#decrease.measured++;
    if (effective.state === 'holds' || effective.state === 'fails') this.#decrease[effective.state]++;
    if (certificate.energy) this.#energy.asked++;
    const ball = certificate.energy?.state;
    if (ball === 'holds' || ball === 'fails') this.#energy[ball]++;
    if (stepSize.state !== 'skipped') this.#stepSize[stepSize.state]++;
    if (metric) {
      take(this.#psi, metric.psi);
      take(this.#conditionNumber, metric.conditionNumber);
    }
    if (certificate.structure) count(this.#structure, certificate.structure);
    for (const variable of certificate.variables) {
      count(this.#measured, variable.name);
      if (variable.alignment < 0) count(this.#misaligned, variable.name);
    }
    const reason = firstUnresolved(certificate.alignment, effective, stepSize);
    if (reason !== null) count(this.#reasons, reason);
    if (certificate.lossBefore !== null) {
      this.#lossFirst ??= certificate.lossBefore;
      this.#lossLast = certificate.lossBefore;
    }
  }

  alert(alert: Alert): void {
    count(this.#alerts, alert.rule);
  }

  summary(): Summary {
    const shares = [...this.#measured].map(
      ([name, steps]) => [name, (this.#misaligned.get(name) ?? 0) / steps] as const,
    );
    return {
      steps: this.#steps,
      verdicts: { ...this.#verdicts },
      decrease: { ...this.#decrease },
      stepSize: { ...this.#stepSize },
      psiMedian: median(this.#psi),
      conditionNumberMedian: median(this.#conditionNumber),
      structure: Object.fromEntries(this.#structure),
      misaligned: Object.fromEntries(shares),
      unresolved: [...this.#reasons].map(([reason, steps]) => ({ reason, steps })).sort((a, b) => b.steps - a.steps),
      alerts: Object.fromEntries(this.#alerts),
      windows: { size: this.windowSize === 0 ? null : this.windowSize, ...this.#windows },
      change: { ...this.#change },
      energy: { ...this.#energy },
      lossFirst: this.#lossFirst,
      lossLast: this.#lossLast,
      dropped: this.dropped,
    };
  }
}

const firstUnresolved = (...conditions: readonly Condition[]): string | null =>
  conditions.find((condition) => condition.state === 'unresolved')?.reason ?? null;

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const degrees = (radians: number): string => `${((radians * 180) / Math.PI).toPrecision(3)}°`;
const number = (value: number): string => value.toPrecision(4).replace(/\.?0+$/, '');

const words: Readonly<Record<Verdict, string>> = {
  'natural-gradient': 'natural gradient',
  'discrete-natural-gradient': 'discrete natural gradient',
  overshoot: 'overshoot (descends, but too far)',
  'not-natural-gradient': 'not natural gradient',
  unresolved: 'unresolved',
};

/** What windows and the moving loss come to: a line each. */
function overTime({ steps, windows, change, energy }: Summary): string[] {
  const lines: string[] = [];
  const { size, seen, effective, rose, smallest } = windows;
  if (size !== null && seen === 0 && steps < size)
    lines.push(`  no window: the run ended after ${String(steps)} of ${String(size)} steps`);
  if (seen > 0 && effective + rose > 0) {
    const least = smallest === null ? '' : `; it fell over every ${String(smallest)} steps`;
    lines.push(
      `  windows: over ${String(effective)} of ${String(seen)} the fixed loss fell, over ${String(rose)} it rose${least}`,
    );
  }
  if (change.steps > 0 && change.byChange !== 0)
    lines.push(
      `  of the change of the loss over ${String(change.steps)} steps: by the steps ${number(change.bySteps)}, by the change of batch ${number(change.byChange)}`,
      `  the step outran the change of batch at ${String(change.holds)} steps, was outrun by it at ${String(change.fails)}`,
    );
  if (energy.asked > 0)
    lines.push(
      `  energy: it fell at ${String(energy.holds)} steps, rose at ${String(energy.fails)}, of ${String(energy.asked)}`,
    );
  return lines;
}

/** The summary as a person reads it; no line is longer than 100 characters but for names. */
export function describeSummary(summary: Summary): string {
  const { steps, verdicts, decrease } = summary;
  if (steps === 0) return 'Steepest saw no step.';
  const lines = [`Steepest: ${String(steps)} steps`];
  for (const [verdict, label] of Object.entries(words) as [Verdict, string][]) {
    if (verdicts[verdict] > 0)
      lines.push(
        `  ${label.padEnd(36)} ${String(verdicts[verdict]).padStart(8)}  ${percent(verdicts[verdict], steps).padStart(7)}`,
      );
  }
  if (summary.lossFirst !== null && summary.lossLast !== null) {
    lines.push(`  loss ${number(summary.lossFirst)} → ${number(summary.lossLast)}`);
  }
  if (decrease.measured > 0) {
    lines.push(
      `  the loss was measured after ${String(decrease.measured)} steps: it fell at ${String(decrease.holds)}, rose at ${String(decrease.fails)}`,
    );
  }
  if (summary.psiMedian !== null && summary.conditionNumberMedian !== null) {
    lines.push(
      `  angle between −∇L and the update: ψ ${degrees(summary.psiMedian)} (median), κ ${number(summary.conditionNumberMedian)}`,
    );
  }
  const rungs = Object.entries(summary.structure).sort(([, a], [, b]) => b - a);
  if (rungs.length > 0)
    lines.push(`  simplest metric: ${rungs.map(([rung, n]) => `${rung} ${percent(n, steps)}`).join(', ')}`);
  const astray = Object.entries(summary.misaligned)
    .filter(([, share]) => share > 0.05)
    .sort(([, a], [, b]) => b - a);
  for (const [name, share] of astray.slice(0, 5))
    lines.push(`  ${name}: climbs its own gradient at ${percent(share, 1)} of the steps`);
  const { stepSize } = summary;
  if (stepSize.holds + stepSize.fails + stepSize.unresolved > 0) {
    lines.push(
      `  step size: within the sufficient bound ${String(stepSize.holds)}, above it ${String(stepSize.fails)}, unresolved ${String(stepSize.unresolved)}`,
    );
  }
  lines.push(...overTime(summary));
  for (const { reason, steps: n } of summary.unresolved.slice(0, 3))
    lines.push(`  left open at ${String(n)}: ${reason}`);
  const raised = Object.entries(summary.alerts);
  if (raised.length > 0) lines.push(`  alerts: ${raised.map(([rule, n]) => `${rule} × ${String(n)}`).join(', ')}`);
  if (summary.dropped > 0) lines.push(`  ${String(summary.dropped)} lines could not be written`);
  lines.push('  The metric is a choice among many (the best conditioned one); the verdict rests on y·g > 0 alone.');
  return lines.join('\n');
}
