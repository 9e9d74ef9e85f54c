import type * as tf from '@tensorflow/tfjs';
import type { Observable } from 'rxjs';
import { type CaptureOptions, mayMeasure, measureStep } from '../../callbacks/capture.js';
import { environment, outline } from '../../callbacks/environment.js';
import { type FitCallback, fitCallback, isTraining } from '../../callbacks/fitCallback.js';
import type { MadeStep } from '../../callbacks/measurable.js';
import { type Energy, energyOf, measuringEnergy } from '../../callbacks/ownEnergy.js';
import { type Measured, measureOf, measuring } from '../../callbacks/measuring.js';
import { type Observation, observeUpdate } from '../../callbacks/observe.js';
import { hookOptimizer, learningRateOf, setLearningRate, type StepListener } from '../../callbacks/optimizerHook.js';
import { expectBackend, expectEngine, expectOwn, expectSupported } from '../../callbacks/peers.js';
import type { Tracks } from '../../callbacks/track.js';
import type { ActionContext } from '../alerts/action.js';
import type { Alert } from '../alerts/alert.js';
import { defaultRules } from '../alerts/defaultRules.js';
import type { Certificate } from '../certificates/certificate.js';
import type { StepRecord } from '../certificates/stepRecord.js';
import type { WindowCertificate } from '../certificates/window.js';
import { describeSummary, type Summary } from '../report/summary.js';
import { version } from '../version.js';
import { captureOptions, tracksFor } from './captureOptions.js';
import { describeOptions, type MonitorOptions, validateOptions } from './options.js';
import { StepQueue } from './stepQueue.js';
import { Streams } from './streams.js';
import { messageOf } from '../messageOf.js';

/** One watch over any number of training runs. */
export interface Monitor extends AsyncDisposable {
  /** What was measured of every step; hot, in step order, completed by `detach()`. */
  readonly steps$: Observable<StepRecord>;
  readonly certificates$: Observable<Certificate>;
  readonly windows$: Observable<WindowCertificate>;
  readonly alerts$: Observable<Alert>;
  /** A callback for `model.fit` and `model.fitDataset`, alone or beside others, in any order. */
  callback(model: tf.LayersModel): FitCallback;
  /**
   * Watches every step of `optimizer` from now on and returns it, the very same object. The model it trains is found by itself;
   * given, it is named in the run's header and can be stopped by an action.
   */
  wrap<O extends tf.Optimizer>(optimizer: O, options?: { readonly model?: tf.LayersModel }): O;
  /** Runs `update()` and certifies what it did against `loss`. */
  observe(observation: Observation): Promise<void>;
  /** What came of it so far, for a person to read. */
  summary(): string;
  /** The same in numbers. */
  summaryData(): Summary;
  /** Takes every hook off, flushes and closes the sinks, completes the streams. May be called again; does nothing then. */
  detach(): Promise<void>;
}

/** A training run under way. */
interface Run {
  readonly index: number;
  readonly model: tf.LayersModel | null;
  epoch: number | undefined;
}

/** What the monitor knows of an optimizer it watches. */
interface Watched {
  readonly listener: StepListener;
  run: Run;
  /** Takes off the hook that `wrap` put on. */
  unwrap: (() => void) | null;
  /** Takes off the hook for the batch under way in `fit`. */
  disarm: (() => void) | null;
}

/**
 * Watches training without being noticed: weights, logs, random stream and saved models stay bit for bit what they were.
 *
 * @throws TypeError that names the option, what was expected and what was received
 */
export function monitor(options: MonitorOptions = {}): Monitor {
  validateOptions(options);
  expectSupported();
  expectEngine('monitor');
  return new Watch(options);
}

class Watch implements Monitor {
  readonly #capture: CaptureOptions;
  readonly #streams: Streams;
  readonly #queue: StepQueue<StepRecord>;
  readonly #optimizers = new Map<tf.Optimizer, Watched>();
  readonly #observed: Tracks;
  readonly #newTracks: () => Tracks;
  readonly #energyNow: () => Energy | undefined;
  /** The run of the last step; the user's energy and fixed measure after it: between two runs anything may happen to θ. */
  #lastRun = -1;
  #energy: Energy | undefined;
  #measured: Measured | undefined;
  readonly #measure: ReturnType<typeof measuring>;
  readonly #warned = new Set<string>();
  #steps = 0;
  #runs = 0;
  #latest: Run | null = null;
  #detached: Promise<void> | null = null;

  constructor(private readonly options: MonitorOptions) {
    this.#capture = captureOptions(options, (trouble) => {
      this.#say(`steepest: ${trouble}`);
    });
    this.#newTracks = tracksFor(options, this.#capture);
    this.#observed = this.#newTracks();
    this.#energyNow = measuringEnergy(options.energy, this.#capture.backlog);
    this.#measure = measuring(options.measure, this.#capture.backlog);
    this.#streams = new Streams({
      window: typeof options.window === 'object' ? options.window : { size: options.window ?? 20 },
      rules: (options.rules ?? ['default']).flatMap((rule) => (rule === 'default' ? defaultRules() : [rule])),
      ownRules: (options.rules ?? []).some((rule) => rule !== 'default'),
      actions: options.actions ?? [],
      sinks: options.sinks ?? [],
      context: () => this.#context(),
      onFault: (who, fault) => {
        this.#warn(who, fault);
      },
    });
    this.#queue = new StepQueue((record) => {
      this.#streams.push(record);
    }, this.#capture.curvature.blockingMs);
  }

  get steps$(): Observable<StepRecord> {
    return this.#streams.steps$;
  }
  get certificates$(): Observable<Certificate> {
    return this.#streams.certificates$;
  }
  get windows$(): Observable<WindowCertificate> {
    return this.#streams.windows$;
  }
  get alerts$(): Observable<Alert> {
    return this.#streams.alerts$;
  }

  callback(model: tf.LayersModel): FitCallback {
    this.#open('callback');
    if (typeof (model as Partial<tf.LayersModel> | null)?.fit !== 'function') {
      throw new TypeError(
        `monitor.callback: expected a model with \`fit\`, got ${model === null ? 'null' : typeof model}`,
      );
    }
    expectOwn('monitor.callback', 'a model', model);
    let run: Run | null = null;
    return fitCallback({
      onRunBegin: () => {
        run = this.#detached ? null : this.#beginRun(model);
      },
      onEpochBegin: (epoch) => {
        if (run) run.epoch = epoch;
      },
      onBatchBegin: () => {
        if (run) this.#arm(model.optimizer, run);
        return this.#capture.backlog.room();
      },
      onEpochEnd: () => {
        this.#queue.flush();
      },
      onRunEnd: async () => {
        await this.#queue.finish();
        await this.#streams.flush();
      },
    });
  }

  wrap<O extends tf.Optimizer>(optimizer: O, { model }: { readonly model?: tf.LayersModel } = {}): O {
    this.#open('wrap');
    const given = optimizer as Partial<tf.Optimizer> | null | undefined;
    if (typeof given?.applyGradients !== 'function' || typeof given.computeGradients !== 'function') {
      throw new TypeError(
        `monitor.wrap: expected a tf.Optimizer, got ${optimizer === null ? 'null' : typeof optimizer}`,
      );
    }
    expectOwn('monitor.wrap', 'an optimizer', optimizer);
    const known = this.#optimizers.get(optimizer);
    if (known?.unwrap) return optimizer;
    const watched = known ?? this.#watch(optimizer, this.#beginRun(model ?? null));
    watched.unwrap = hookOptimizer(optimizer, watched.listener);
    return optimizer;
  }

  async observe(observation: Observation): Promise<void> {
    this.#open('observe');
    await observeUpdate(observation, (made) => {
      this.#record(made, this.#observed, this.#latest ?? this.#beginRun(null));
    });
    await this.#queue.finish();
  }

  summary(): string {
    return describeSummary(this.summaryData());
  }

  summaryData(): Summary {
    this.#queue.finishNow();
    return this.#streams.tally.summary();
  }

  detach(): Promise<void> {
    this.#detached ??= this.#close();
    return this.#detached;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }

  async #close(): Promise<void> {
    for (const watched of this.#optimizers.values()) {
      watched.unwrap?.();
      watched.disarm?.();
    }
    this.#optimizers.clear();
    await this.#queue.finish();
    await this.#streams.complete();
  }

  #open(method: string): void {
    if (this.#detached)
      throw new Error(`monitor.${method}: expected a monitor that is attached, got one after detach()`);
    expectBackend(`monitor.${method}`);
  }

  #beginRun(model: tf.LayersModel | null): Run {
    this.#queue.flush();
    const run: Run = { index: this.#runs++, model, epoch: undefined };
    this.#latest = run;
    this.#streams.start({
      kind: 'run',
      version: 1,
      run: run.index,
      steepest: version,
      ...environment(),
      model: model && outline(model),
      options: describeOptions(this.options),
      startedAt: new Date().toISOString(),
    });
    return run;
  }

  #watch(optimizer: tf.Optimizer, run: Run): Watched {
    const tracks = this.#newTracks();
    const disarm = (): boolean => {
      const armed = watched.disarm !== null;
      watched.disarm?.();
      watched.disarm = null;
      return armed;
    };
    const watched: Watched = {
      run,
      unwrap: null,
      disarm: null,
      listener: {
        mayMeasure: (variables, lossBefore) => mayMeasure(tracks.of(variables), lossBefore, this.#capture),
        onStep: (made) => {
          const fitting = disarm() && isTraining(watched.run.model);
          // Another callback threw after ours: `fit` ended before its step, and this one is somebody else's.
          if (!fitting && watched.unwrap === null) return;
          this.#record(fitting ? { ...made, source: 'fit' } : made, tracks, watched.run);
        },
        onFault: (fault) => {
          this.#warn('measuring a step', fault);
        },
        onAbandoned: disarm,
      },
    };
    this.#optimizers.set(optimizer, watched);
    return watched;
  }

  /** Watches the one step that `fit` is about to make, unless every step is watched already. */
  #arm(optimizer: tf.Optimizer, run: Run): void {
    if (this.#detached) return;
    const watched = this.#optimizers.get(optimizer) ?? this.#watch(optimizer, run);
    watched.run = run;
    watched.disarm ??= watched.unwrap === null ? hookOptimizer(optimizer, watched.listener) : () => undefined;
  }

  #record(made: MadeStep, tracks: Tracks, run: Run): void {
    const step = this.#steps++;
    const goesOn = this.#lastRun === run.index;
    this.#lastRun = run.index;
    const energyBefore = goesOn ? this.#energy : undefined;
    const measured = goesOn ? this.#measured : undefined;
    // Both before the step is: on a device their numbers are to be there when those of the step are.
    const energy = this.#energyNow();
    this.#energy = energy;
    const measuredAfter = this.#measure(step + 1, made.variables);
    this.#measured = measuredAfter;
    const found = measureStep(made, tracks.of(made.variables), this.#capture);
    const { unfinished } = found;
    const { epoch } = run;
    this.#queue.push(unfinished, () => ({
      ...found.record,
      step,
      run: run.index,
      ...(made.source === 'fit' && epoch !== undefined ? { epoch } : {}),
      ...measureOf(measured, measuredAfter),
      ...(energy ? { energy: energyOf(energyBefore, energy) } : {}),
    }));
  }

  #context(): ActionContext {
    const model = this.#latest?.model ?? null;
    const optimizer = model?.optimizer ?? [...this.#optimizers.keys()].at(-1) ?? null;
    return {
      learningRate: optimizer && learningRateOf(optimizer),
      setLearningRate: (rate) => {
        if (optimizer) setLearningRate(optimizer, rate);
      },
      stopTraining: () => {
        if (model) model.stopTraining = true;
      },
    };
  }

  /** Says a fault once for each who; the training goes on. */
  #warn(who: string, fault: unknown): void {
    this.#say(`steepest: ${who} threw, and the training goes on: ${messageOf(fault)}`, who);
  }

  #say(words: string, about = words): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    console.warn(words);
  }
}
