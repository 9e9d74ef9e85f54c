import type { Alert } from '../../alerts/alert.js';
import type { Certificate, Condition } from '../../certificates/certificate.js';
import type { WindowCertificate } from '../../certificates/window.js';
import type { RunHeader } from '../../sinks/sink.js';
import { type Summary, Tally } from '../summary.js';
import { Bins, type Gathering, type Span } from './bins.js';
import { emptyExtent, extend, type Extent, join } from './extent.js';
import { type Moment, Moments } from './moments.js';
import { addStep, emptyStepList, type StepList } from './stepList.js';

/** What some steps had in common: how often things happened, and between what extremes quantities were. */
export interface Stretch {
  readonly counts: Map<string, number>;
  readonly extents: Map<string, Extent>;
}

/** The alerts of one rule. */
export interface RuleAlerts {
  readonly rule: string;
  readonly level: Alert['level'];
  readonly title: string;
  readonly steps: StepList;
}

/** An alert, and where on the time line it stands. */
export interface PlacedAlert {
  readonly at: number;
  readonly alert: Alert;
}

/** The three ways in which a step can fail. */
export type Failure = 'alignment' | 'effective' | 'stepSize';

const stretches: Gathering<Stretch> = {
  empty: () => ({ counts: new Map(), extents: new Map() }),
  join: (into, from) => {
    for (const [name, count] of from.counts) add(into, name, count);
    for (const [name, extent] of from.extents) join(extentOf(into, name), extent);
  },
};

function add(stretch: Stretch, name: string, count = 1): void {
  stretch.counts.set(name, (stretch.counts.get(name) ?? 0) + count);
}

function extentOf({ extents }: Stretch, name: string): Extent {
  const known = extents.get(name);
  if (known) return known;
  const made = emptyExtent();
  extents.set(name, made);
  return made;
}

function put(stretch: Stretch, name: string, value: number | null | undefined): void {
  if (value !== null && value !== undefined && Number.isFinite(value)) extend(extentOf(stretch, name), value);
}

const otherRules = 'other rules';
const limits = {
  bins: 300,
  variableBins: 128,
  ranges: 10_000,
  rules: 100,
  alerts: 300,
  headers: 20,
  begins: 20,
  moments: 300,
};

/**
 * A recorded run, made small enough to look at while it streams by: memory does not grow with the run. Extremes, counts, failed
 * steps and alerts are kept; what lies between the extremes of a bin is not.
 */
export class RunDigest {
  readonly #time: Bins<Stretch>;
  readonly #variables: Bins<Stretch>;
  readonly #tally = new Tally();
  readonly #moments = new Moments(limits.moments);
  readonly #rules = new Map<string, RuleAlerts>();
  readonly #failures: Record<Failure, StepList> = {
    alignment: emptyStepList(limits.ranges),
    effective: emptyStepList(limits.ranges),
    stepSize: emptyStepList(limits.ranges),
  };
  /** The settings, of the first runs in the file. */
  readonly headers: RunHeader[] = [];
  /** Where on the time line a new run begins, the first few. */
  readonly begins: number[] = [];
  /** The first alerts, whole; all are in `rules`. */
  readonly alerts: PlacedAlert[] = [];
  /** Names and sizes of the variables, in order. */
  readonly variables = new Map<string, number>();
  /** Complaints about the file, for its reader. */
  readonly notes: string[] = [];
  runs = 0;
  /** Steps of a window, where windows do not overlap; else `null`. */
  windowSize: number | null = null;
  #windowEnd = -1;
  steps = 0;
  windows = 0;
  /** First and last place on the time line. */
  first = 0;
  last = 0;
  /** Do steps stand elsewhere than where their number says, because the file holds several counts? */
  restarted = false;
  #offset = 0;
  /** Place of the last certificate. */
  #previous = 0;
  #run: number | null = null;

  /**
   * @param label what to call it: the file's name
   * @param sharers runs on the page, which have its room together
   */
  constructor(
    readonly label: string,
    sharers = 1,
  ) {
    this.#time = new Bins(Math.ceil(limits.bins / sharers), stretches);
    this.#variables = new Bins(Math.ceil(limits.variableBins / sharers), stretches);
  }

  header(header: RunHeader): void {
    this.runs++;
    if (this.headers.length < limits.headers) this.headers.push(header);
    this.#run = null;
  }

  certificate(certificate: Certificate): void {
    const { step, run, verdict, alignment, effective, stepSize, metric } = certificate;
    if (this.steps === 0) {
      this.first = step;
    } else if (this.#offset + step <= this.#previous) {
      this.#offset = this.last + 1 - step;
      this.restarted = true;
    }
    const at = this.#offset + step;
    if (this.steps > 0 && run !== this.#run && this.begins.length <= limits.begins) this.begins.push(at);
    this.#run = run;
    this.#previous = at;
    this.last = Math.max(this.last, at);
    this.steps++;
    this.#tally.certificate(certificate);

    const bin = this.#time.at(at);
    add(bin, `verdict/${verdict}`);
    condition(bin, 'alignment', alignment);
    condition(bin, 'effective', effective);
    condition(bin, 'stepSize', stepSize);
    put(bin, 'etaMaxSupremum', stepSize.etaMaxSupremum);
    put(bin, 'etaMaxOptimal', stepSize.etaMaxOptimal);
    put(bin, 'hessianMin', stepSize.hessianMin);
    put(bin, 'learningRate', certificate.learningRate);
    put(bin, 'loss', certificate.lossBefore);
    put(bin, 'psiFloor', certificate.psiFloor);
    if (metric !== null) this.#moments.take(at, metric);
    put(bin, 'psi', metric?.psi);
    put(bin, 'conditionNumber', metric?.conditionNumber);
    put(bin, 'eigenvalueMin', metric?.eigenvalueMin);
    put(bin, 'alpha', metric?.alpha);
    put(bin, 'eigenvalueMax', metric?.eigenvalueMax);
    for (const [failure, { state }] of Object.entries({ alignment, effective, stepSize })) {
      const name = failure as Failure;
      if (state === 'fails') this.#failures[name] = addStep(this.#failures[name], at);
    }
    const layers = this.#variables.at(at);
    for (const { name, size, psi } of certificate.variables) {
      if (!this.variables.has(name)) this.variables.set(name, size);
      put(layers, name, psi);
    }
  }

  window(window: WindowCertificate): void {
    this.windows++;
    const at = this.#offset + window.step;
    const apart =
      this.#offset + window.from > this.#windowEnd && (this.windows === 1 || this.windowSize === window.size);
    this.windowSize = apart ? window.size : null;
    this.#windowEnd = at;
    const bin = this.#time.at(at);
    add(bin, `window/alignment/${window.alignment.state}`);
    add(bin, `window/effective/${window.effective.state}`);
    put(bin, 'window/psi', window.psi);
    put(bin, 'window/smallestEffective', window.smallestEffective);
  }

  alert(alert: Alert): void {
    const at = this.#offset + alert.step;
    this.#tally.alert(alert);
    if (this.alerts.length < limits.alerts) this.alerts.push({ at, alert });
    const rule = this.#rules.has(alert.rule) || this.#rules.size < limits.rules ? alert.rule : otherRules;
    const known = this.#rules.get(rule);
    this.#rules.set(rule, {
      rule,
      level: known ? worse(known.level, alert.level) : alert.level,
      title: known?.title ?? alert.title,
      steps: addStep(known?.steps ?? emptyStepList(limits.ranges), at),
    });
    add(this.#time.at(at), `alert/${rule}`);
    this.last = Math.max(this.last, at);
  }

  get rules(): readonly RuleAlerts[] {
    return [...this.#rules.values()];
  }

  /** Steps with their whole metric, for pictures of single steps. */
  get moments(): Moment[] {
    return this.#moments.all;
  }

  get failures(): Readonly<Record<Failure, StepList>> {
    return this.#failures;
  }

  get summary(): Summary {
    return this.#tally.summary();
  }

  /** The time line in at most `limit` bins. */
  time(limit: number = limits.bins): Span<Stretch>[] {
    return this.#time.spans(limit);
  }

  /** Angles of the variables over time, in at most `limit` bins; an extent for each name. */
  layers(limit: number = limits.variableBins): Span<Stretch>[] {
    return this.#variables.spans(limit);
  }
}

function condition(bin: Stretch, name: Failure, { state, value, tolerance }: Condition): void {
  add(bin, `${name}/${state}`);
  put(bin, `${name}/${state}`, value);
  put(bin, `${name}/tolerance`, tolerance);
}

const levels = ['info', 'warn', 'error'] as const;
const worse = (one: Alert['level'], other: Alert['level']): Alert['level'] =>
  levels.indexOf(one) > levels.indexOf(other) ? one : other;
