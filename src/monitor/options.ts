import * as v from 'valibot';
import type * as tf from '@tensorflow/tfjs';
import type { Measure } from '../../callbacks/measuring.js';
import type { AlertAction } from '../alerts/action.js';
import type { AlertRule } from '../alerts/rule.js';
import type { DiscreteGradient } from '../certificates/certificate.js';
import type { Preset, Schedules } from '../certificates/schedule.js';
import type { Sink } from '../sinks/sink.js';
import { checkOptions } from '../checkOptions.js';

/** All optional. */
export interface MonitorOptions {
  /** What is measured when, unless said otherwise below. @default 'standard' */
  readonly preset?: Preset;
  readonly alignment?: Schedules;
  readonly effective?: Schedules;
  readonly stepSize?: Schedules;
  /**
   * The discrete gradient behind the metric of a step that is not aligned, and behind the optimal bound of the step size. Others
   * than `'projected'` cost further gradients wherever the loss after a step is measured: `'midpoint'` one, `'mean-value'` three,
   * `'taylor'` some dozens, `'coordinate-increment'` a loss for each parameter. @default 'projected'
   */
  readonly discreteGradient?: DiscreteGradient;
  /** What `stepSize` may spend and how sure it has to be. */
  readonly curvature?: {
    /** Products with the Hessian a step, at least 1; fewer are spent where fewer decide. @default 32 */
    readonly products?: number;
    /** The bound of the smallest eigenvalue fails with at most this probability, in (0, 1). @default 0.01 */
    readonly delta?: number;
    /** `'two-pass'` keeps three vectors of the size of θ in float64 instead of one a product. @default 'basis' */
    readonly keep?: 'basis' | 'two-pass';
    /**
     * Starts Lanczos from the Ritz vector of the step measured before: fewer products find the smallest curvature, but the bound's
     * assumption, a start that knows nothing, is gone from the second step on. Exceeding the bound can still be told, holding only
     * by a lower bound cannot. Keeps one vector of the size of θ in float64. @default false
     */
    readonly warmStart?: boolean;
    /**
     * Milliseconds by which one step may be held up, and one product with the Hessian at least: what takes longer goes on after the
     * steps that follow, whose records wait for it. @default 40 in a page, unlimited elsewhere
     */
    readonly blockingMs?: number;
  };
  /**
   * Steps in a window; 0: no windows. `stride` steps lie between the beginnings of two windows: `size`, its default, has them not
   * overlap. @default 20
   */
  readonly window?: number | { readonly size: number; readonly stride?: number };
  /**
   * Follows the metric from step to step: of least change at every step, and at every `memory`-th whether one metric explains them all
   * and how far it has drifted. Keeps six vectors of the size of θ in float64 for each step of memory.
   * @default not followed
   */
  readonly geometry?: { readonly memory: number };
  /**
   * An energy of one's own, evaluated after every step, at the variables and whatever else it reads as they are then: `E_t − E_{t+1} > 0` is
   * certified. `true` has it said of every optimizer whether it has an energy. @default that of heavy ball, where the optimizer is one
   */
  readonly energy?: true | (() => number | tf.Scalar);
  /** Where every record, certificate, window and alert is written. @default [] */
  readonly sinks?: readonly Sink[];
  /** Rules that raise alerts; `'default'` stands for the built-in ones. @default ['default'] */
  readonly rules?: readonly ('default' | AlertRule)[];
  /** What is done with an alert, besides streaming it. @default [] */
  readonly actions?: readonly AlertAction[];
  /** A loss on fixed data. @default none: the loss certified is the batch's own */
  readonly measure?: Measure['loss'] | Measure;
  /** Above this angle, in radians, a step is suspicious. @default 1.5 */
  readonly suspiciousPsi?: number;
  /** Gradients' worth of noise measuring that a step may cost in the long run. @default by preset: 0.02, 0.05, 0.5 */
  readonly noiseShare?: number;
}

const callable = v.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'a function');

const windows = 'an integer >= 0 or { size: integer >= 1, stride?: integer >= 1 }';
const positive = v.pipe(v.number('an integer >= 1'), v.integer('an integer >= 1'), v.minValue(1, 'an integer >= 1'));

const schedule = v.union(
  [
    callable,
    v.picklist(['always', 'never', 'on-suspicion']),
    v.strictObject({
      every: v.pipe(v.number(), v.integer(), v.minValue(1)),
      offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
    v.strictObject({ budget: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)) }),
  ],
  "a function, 'always', 'never', 'on-suspicion' { every: integer >= 1, offset?: integer >= 0 } or { budget: number in (0, 1] }",
);
const schedules = v.union([schedule, v.array(schedule)], schedule.message as string);

const withMethod = (method: string, what: string) =>
  v.custom<object>(
    (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function',
    what,
  );

const schema = v.strictObject({
  preset: v.optional(v.picklist(['economy', 'standard', 'full'], "'economy', 'standard' or 'full'")),
  alignment: v.optional(schedules),
  effective: v.optional(schedules),
  stepSize: v.optional(schedules),
  discreteGradient: v.optional(
    v.picklist(
      ['projected', 'midpoint', 'mean-value', 'taylor', 'coordinate-increment'],
      "'projected', 'midpoint', 'mean-value', 'taylor' or 'coordinate-increment'",
    ),
  ),
  curvature: v.optional(
    v.strictObject({
      products: v.optional(
        v.pipe(v.number('an integer >= 1'), v.integer('an integer >= 1'), v.minValue(1, 'an integer >= 1')),
      ),
      delta: v.optional(
        v.pipe(v.number('a number in (0, 1)'), v.gtValue(0, 'a number in (0, 1)'), v.ltValue(1, 'a number in (0, 1)')),
      ),
      blockingMs: v.optional(v.pipe(v.number('a number >= 0'), v.minValue(0, 'a number >= 0'))),
      keep: v.optional(v.picklist(['basis', 'two-pass'], "'basis' or 'two-pass'")),
      warmStart: v.optional(v.boolean('true or false')),
    }),
  ),
  window: v.optional(
    v.union(
      [
        v.pipe(v.number(windows), v.integer('an integer >= 0'), v.minValue(0, 'an integer >= 0')),
        v.strictObject({ size: positive, stride: v.optional(positive) }),
      ],
      windows,
    ),
  ),
  geometry: v.optional(
    v.strictObject(
      {
        memory: v.pipe(v.number('an integer >= 2'), v.integer('an integer >= 2'), v.minValue(2, 'an integer >= 2')),
      },
      'an object { memory: integer >= 2 }',
    ),
  ),
  energy: v.optional(v.union([v.literal(true), callable], 'true or a function that returns a number or a tf.Scalar')),
  sinks: v.optional(v.array(withMethod('write', 'a sink (an object with `write`)'), 'a list of sinks')),
  rules: v.optional(
    v.array(
      v.union(
        [v.literal('default'), withMethod('update', 'a rule')],
        "'default' or a rule (an object with `init` and `update`)",
      ),
      'a list of rules',
    ),
  ),
  actions: v.optional(v.array(callable, 'a list of functions')),
  measure: v.optional(
    v.union(
      [callable, v.strictObject({ loss: callable, schedule: v.optional(schedules) })],
      'a function that returns a tf.Scalar, or { loss, schedule? }',
    ),
  ),
  suspiciousPsi: v.optional(
    v.pipe(
      v.number('an angle in (0, π/2]'),
      v.gtValue(0, 'an angle in (0, π/2]'),
      v.maxValue(Math.PI / 2, 'an angle in (0, π/2]'),
    ),
  ),
  noiseShare: v.optional(
    v.pipe(v.number('a number in [0, 4]'), v.minValue(0, 'a number in [0, 4]'), v.maxValue(4, 'a number in [0, 4]')),
  ),
});

/**
 * Checks a monitor's options once, at the entrance.
 *
 * @throws TypeError that names the option, what was expected and what was received
 */
export function validateOptions(options: unknown): asserts options is MonitorOptions {
  checkOptions('monitor', schema, options);
}

/** The options as far as JSON can tell them. */
export const describeOptions = (options: MonitorOptions): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([key]) => !['sinks', 'actions', 'rules', 'measure'].includes(key))
      .map(([key, value]) => [key, typeof value === 'function' ? 'function' : (value as unknown)]),
  );
