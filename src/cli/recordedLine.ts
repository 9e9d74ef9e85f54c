import * as v from 'valibot';
import type { Alert } from '../alerts/alert.js';
import type { Certificate } from '../certificates/certificate.js';
import type { WindowCertificate } from '../certificates/window.js';
import type { RunHeader } from '../sinks/sink.js';
import { LineFault, received } from './lineFault.js';

const number = v.pipe(v.number('a finite number'), v.finite('a finite number'));
const orNull = v.nullish(number, null);
const count = v.pipe(v.number('an integer >= 0'), v.integer('an integer >= 0'), v.minValue(0, 'an integer >= 0'));
const string = v.string('a string');
const object = 'an object';
const condition = v.looseObject(
  {
    state: v.picklist(['holds', 'fails', 'unresolved', 'skipped'], "'holds', 'fails', 'unresolved' or 'skipped'"),
    value: orNull,
    tolerance: orNull,
    reason: string,
  },
  object,
);
const version = v.literal(1, 'version 1, the only one this release reads');

const certificate = v.looseObject({
  version,
  step: count,
  run: v.optional(count, 0),
  verdict: v.picklist(
    ['natural-gradient', 'overshoot', 'discrete-natural-gradient', 'not-natural-gradient', 'unresolved'],
    'a known verdict',
  ),
  alignment: condition,
  effective: condition,
  stepSize: v.looseObject({ ...condition.entries, etaMaxOptimal: orNull, etaMaxSupremum: orNull }, object),
  metric: v.nullish(
    v.looseObject(
      {
        psi: number,
        alpha: number,
        conditionNumber: number,
        eigenvalueMin: number,
        eigenvalueMax: number,
        // That of the plane of y and g, where the file does not say.
        dimension: v.nullish(count, 2),
      },
      object,
    ),
    null,
  ),
  psiFloor: orNull,
  structure: v.nullish(string, null),
  variables: v.array(v.looseObject({ name: string, size: count, alignment: number, psi: orNull }, object), 'a list'),
  lossBefore: orNull,
  learningRate: orNull,
});

const window = v.looseObject({
  version,
  from: count,
  step: count,
  size: count,
  alignment: condition,
  effective: condition,
  psi: orNull,
  smallestEffective: orNull,
});

const alert = v.looseObject({
  version,
  step: count,
  level: v.picklist(['info', 'warn', 'error'], "'info', 'warn' or 'error'"),
  rule: string,
  title: string,
  message: string,
  evidence: v.optional(v.record(string, v.nullable(v.union([v.number(), string]))), {}),
});

const run = v.looseObject({
  version,
  steepest: string,
  tfjs: string,
  backend: string,
  model: v.nullish(
    v.looseObject({ name: string, parameters: number, layers: v.array(string, 'a list') }, object),
    null,
  ),
  options: v.optional(v.record(string, v.unknown()), {}),
  startedAt: string,
});

const schemas = { certificate, window, alert, run };

/** The lines of a recorded run that a report is made from. */
export type RecordedLine = Certificate | WindowCertificate | Alert | RunHeader;

/**
 * A line of a recorded run, checked; `null` for a line of another kind.
 *
 * @throws LineFault that names the field, what was expected and what was received
 */
export function recordedLine(given: object): RecordedLine | null {
  const kind: unknown = Reflect.get(given, 'kind');
  if (typeof kind !== 'string' || !Object.hasOwn(schemas, kind)) return null;
  const result = v.safeParse(schemas[kind as keyof typeof schemas], given, { abortEarly: true });
  if (result.success) {
    const line: object = result.output;
    return line as RecordedLine;
  }
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? kind;
  throw new LineFault(field, `${field}: expected ${issue.message}, got ${received(issue.input)}`);
}
