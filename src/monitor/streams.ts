import { type Observable, Subject } from 'rxjs';
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
  readonly actions: readonly AlertAction[];
  readonly sinks: readonly Sink[];
  /** What an action may do to the training that is under way. */
  readonly context: () => ActionContext;
  /** Is told what a subscriber, a rule, an action or a sink threw. */
  readonly onFault: (who: string, fault: unknown) => void;
}

/** From records to certificates, windows, alerts and sinks: hot, multicast, in step order. No arithmetic happens here. */
export class Streams {
  readonly steps$: Observable<StepRecord>;
  readonly certificates$: Observable<Certificate>;
  readonly windows$: Observable<WindowCertificate>;
  readonly alerts$: Observable<Alert>;
  readonly tally: Tally;
  readonly #steps = new Subject<StepRecord>();
  readonly #failed = new Set<Sink>();

  constructor(private readonly options: StreamOptions) {
    const { window, rules, onFault } = options;
    this.tally = new Tally(window.size);
    const certificates = new Subject<Certificate>();
    const windows = new Subject<WindowCertificate>();
    const alerts = new Subject<Alert>();
    const guarded = <T>(name: string, source: Observable<T>): Observable<T> =>
      new Guarded(source, (fault) => {
        onFault(`a subscriber of ${name}`, fault);
      });
    this.steps$ = guarded('steps$', this.#steps);
    this.certificates$ = guarded('certificates$', certificates);
    this.windows$ = guarded('windows$', windows);
    this.alerts$ = guarded('alerts$', alerts);
    const toSinks = (line: RunLine): void => {
      this.#write(line);
    };
    // Ours first: what a subscriber does comes after the line is on its way to disk.
    this.#steps.subscribe(toSinks);
    certificates.subscribe((certificate) => {
      this.tally.certificate(certificate);
      toSinks(certificate);
    });
    windows.subscribe((certificate) => {
      this.tally.window(certificate);
      toSinks(certificate);
    });
    this.#steps.pipe(lossSplits()).subscribe((split) => {
      this.tally.split(split);
    });
    alerts.subscribe((alert) => {
      this.tally.alert(alert);
      toSinks(alert);
      this.#act(alert);
    });
    this.#steps.pipe(certifySteps()).subscribe(certificates);
    if (window.size > 0) this.#steps.pipe(windowed(window.size, window.stride)).subscribe(windows);
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
    this.#steps.next(record);
  }

  async flush(): Promise<void> {
    await this.#each((sink) => sink.flush());
  }

  async complete(): Promise<void> {
    this.#steps.complete();
    await this.#each((sink) => sink.flush());
    await this.#each((sink) => sink.close());
  }

  #write(line: RunLine): void {
    for (const sink of this.options.sinks) {
      if (!this.#failed.has(sink))
        this.#guard(sink, () => {
          sink.write(line);
        });
      else this.tally.dropped++;
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
