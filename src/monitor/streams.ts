import { Observable, Subject } from 'rxjs';
import type { ActionContext, AlertAction } from '../alerts/action.js';
import type { Alert } from '../alerts/alert.js';
import type { AlertRule } from '../alerts/rule.js';
import type { Certificate } from '../certificates/certificate.js';
import type { StepRecord } from '../certificates/stepRecord.js';
import type { WindowCertificate } from '../certificates/window.js';
import { alertOn } from '../operators/alertOn.js';
import { certifySteps } from '../operators/certifySteps.js';
import { Guarded } from '../operators/guarded.js';
import { lossSplits } from '../operators/lossSplits.js';
import { windowed } from '../operators/windowed.js';
import { Tally } from '../report/summary.js';
import type { RunHeader, RunLine, Sink } from '../sinks/sink.js';

export interface StreamOptions {
  /** Steps in a window, 0: no windows; and from one window to the next. */
  readonly window: { readonly size: number; readonly stride?: number };
  readonly rules: readonly AlertRule[];
  /** Are rules of the user's own among them? They are shown every certificate at once. */
  readonly ownRules: boolean;
  readonly actions: readonly AlertAction[];
  readonly sinks: readonly Sink[];
  /** What an action may do to the training that is under way. */
  readonly context: () => ActionContext;
  /** Is told what a subscriber, a rule, an action or a sink threw. */
  readonly onFault: (who: string, fault: unknown) => void;
}

/** Records that may wait where nobody looks at what is made of them: many at once cost half. */
const patience = 64;

/**
 * From records to certificates, windows, alerts and sinks: hot, multicast, in step order. No arithmetic happens here. What is made of
 * a record is made at once where anybody is told of it (a subscriber, a sink, an action, a rule of the user's own); else when it is asked for.
 */
export class Streams {
  readonly steps$: Observable<StepRecord>;
  readonly certificates$: Observable<Certificate>;
  readonly windows$: Observable<WindowCertificate>;
  readonly alerts$: Observable<Alert>;
  readonly #steps = new Subject<StepRecord>();
  /** The same, later perhaps: everything but `steps$` is made of it. */
  readonly #derived = new Subject<StepRecord>();
  readonly #tally: Tally;
  #waiting: StepRecord[] = [];
  /** How many are told of what is made of the records: sinks, actions, rules of the user's own, subscribers. */
  #told: number;
  readonly #failed = new Set<Sink>();

  constructor(private readonly options: StreamOptions) {
    const { window, rules, ownRules, actions, sinks, onFault } = options;
    this.#told = sinks.length + actions.length + (ownRules ? 1 : 0);
    this.#tally = new Tally(window.size);
    const certificates = new Subject<Certificate>();
    const windows = new Subject<WindowCertificate>();
    const alerts = new Subject<Alert>();
    const guarded = <T>(name: string, source: Observable<T>): Observable<T> =>
      new Guarded(source, (fault) => {
        onFault(`a subscriber of ${name}`, fault);
      });
    this.steps$ = guarded('steps$', this.#steps);
    this.certificates$ = guarded('certificates$', this.#telling(certificates));
    this.windows$ = guarded('windows$', this.#telling(windows));
    this.alerts$ = guarded('alerts$', this.#telling(alerts));
    const toSinks = (line: RunLine): void => {
      this.#write(line);
    };
    this.#derived.subscribe(toSinks);
    certificates.subscribe((certificate) => {
      this.#tally.certificate(certificate);
      toSinks(certificate);
    });
    windows.subscribe((certificate) => {
      this.#tally.window(certificate);
      toSinks(certificate);
    });
    this.#derived.pipe(lossSplits()).subscribe((split) => {
      this.#tally.split(split);
    });
    alerts.subscribe((alert) => {
      this.#tally.alert(alert);
      toSinks(alert);
      this.#act(alert);
    });
    this.#derived.pipe(certifySteps()).subscribe(certificates);
    if (window.size > 0) this.#derived.pipe(windowed(window.size, window.stride)).subscribe(windows);
    else windows.complete();
    const onRuleFault = (rule: string, fault: unknown): void => {
      onFault(`the rule "${rule}"`, fault);
    };
    certificates.pipe(alertOn(rules, { onFault: onRuleFault })).subscribe(alerts);
  }

  start(header: RunHeader): void {
    for (const sink of this.options.sinks) this.#guard(sink, () => sink.start?.(header));
  }

  push(record: StepRecord): void {
    this.#waiting.push(record);
    // Ours first: what a subscriber does comes after the line is on its way to disk.
    if (this.#told > 0 || this.#waiting.length >= patience) this.#catchUp();
    this.#steps.next(record);
  }

  get tally(): Tally {
    this.#catchUp();
    return this.#tally;
  }

  async flush(): Promise<void> {
    this.#catchUp();
    await this.#each((sink) => sink.flush());
  }

  async complete(): Promise<void> {
    this.#catchUp();
    this.#steps.complete();
    this.#derived.complete();
    await this.#each((sink) => sink.flush());
    await this.#each((sink) => sink.close());
  }

  #catchUp(): void {
    const records = this.#waiting;
    this.#waiting = [];
    for (const record of records) this.#derived.next(record);
  }

  /** Whoever subscribes is told from now on, and not of what waited before. */
  #telling<T>(source: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      this.#catchUp();
      this.#told++;
      subscriber.add(() => this.#told--);
      return source.subscribe(subscriber);
    });
  }

  #write(line: RunLine): void {
    for (const sink of this.options.sinks) {
      if (!this.#failed.has(sink))
        this.#guard(sink, () => {
          sink.write(line);
        });
      else this.#tally.dropped++;
    }
  }

  /** A sink that throws is told of once and asked no more. */
  #guard(sink: Sink, body: () => void): void {
    try {
      body();
    } catch (fault) {
      this.#failed.add(sink);
      this.options.onFault(`the sink "${sink.name}"`, fault);
    }
  }

  async #each(body: (sink: Sink) => Promise<void>): Promise<void> {
    for (const sink of this.options.sinks) {
      try {
        await body(sink);
      } catch (fault) {
        this.options.onFault(`the sink "${sink.name}"`, fault);
      }
    }
  }

  #act(alert: Alert): void {
    for (const action of this.options.actions) {
      try {
        action(alert, this.options.context());
      } catch (fault) {
        this.options.onFault('an action', fault);
      }
    }
  }
}
