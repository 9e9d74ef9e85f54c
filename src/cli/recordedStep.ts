import * as v from 'valibot';
import type { StepRecord } from '../certificates/stepRecord.js';
import { LineFault, received } from './lineFault.js';

const finite = v.pipe(v.number('a finite number'), v.finite('a finite number'));
const count = v.pipe(v.number('an integer >= 0'), v.integer('an integer >= 0'), v.minValue(0, 'an integer >= 0'));
const orNull = <S extends v.GenericSchema>(schema: S) => v.nullable(schema);
const gram = {
  yy: finite,
  gg: finite,
  yg: finite,
  rejected: orNull(finite),
  dimension: count,
  yExponent: v.optional(v.pipe(v.number('an integer'), v.integer('an integer'))),
  gExponent: v.optional(v.pipe(v.number('an integer'), v.integer('an integer'))),
};
const conditionName = v.picklist(['alignment', 'effective', 'stepSize'], "'alignment', 'effective' or 'stepSize'");
const discreteKinds = ['midpoint', 'mean-value', 'taylor', 'coordinate-increment'] as const;

const schema = v.looseObject({
  kind: v.literal('step'),
  version: v.literal(1, 'version 1, the only one this release reads'),
  step: count,
  run: count,
  source: v.picklist(['fit', 'optimizer', 'observe', 'file'], 'a known source'),
  name: v.optional(v.string('a string')),
  epoch: v.optional(count),
  measure: v.optional(finite),
  measureAfter: v.optional(finite),
  measureNoise: v.optional(finite),
  measureStaircase: v.optional(finite),
  learningRate: orNull(v.pipe(finite, v.gtValue(0, 'a number > 0'))),
  precision: v.picklist(['float32', 'float64'], "'float32' or 'float64'"),
  gram: orNull(v.object(gram, 'an object')),
  variables: v.array(v.object({ ...gram, name: v.string('a string'), conflicts: count }, 'an object'), 'a list'),
  lossBefore: orNull(finite),
  lossAfter: orNull(finite),
  asked: v.object(
    { alignment: v.boolean('a boolean'), effective: v.boolean('a boolean'), stepSize: v.boolean('a boolean') },
    'an object',
  ),
  obstacles: v.array(v.object({ condition: conditionName, reason: v.string('a string') }, 'an object'), 'a list'),
  noise: orNull(
    v.object(
      {
        yNormMax: finite,
        gradientJitter: orNull(finite),
        logarithmic: orNull(v.boolean('a boolean')),
        staircase: v.optional(finite),
        clipped: v.optional(v.literal(true, 'true')),
        absYTheta: orNull(finite),
        lossNoise: orNull(finite),
        roundingNorm: finite,
        dotError: v.optional(finite),
        coarseness: v.optional(finite),
      },
      'an object',
    ),
  ),
  after: orNull(v.object({ yg: finite, yNorm: finite }, 'an object')),
  discreteGradient: v.picklist(['projected', ...discreteKinds], 'the name of a discrete gradient'),
  discrete: orNull(
    v.looseObject(
      { kind: v.picklist(discreteKinds, 'the name of a discrete gradient'), gram: v.object(gram, 'an object') },
      'an object',
    ),
  ),
  curvature: orNull(
    v.object(
      {
        hessianMin: finite,
        hessianMinLower: orNull(finite),
        hessianMinUpper: orNull(finite),
        residual: orNull(finite),
        products: orNull(finite),
        productError: orNull(finite),
        delta: orNull(finite),
        hessianMax: v.optional(orNull(finite)),
        hessianMaxUpper: v.optional(orNull(finite)),
      },
      'an object',
    ),
  ),
  inertia: v.optional(
    v.object(
      {
        rule: v.picklist(['heavy-ball', 'nesterov', 'other'], "'heavy-ball', 'nesterov' or 'other'"),
        name: v.string('a string'),
        momentum: orNull(finite),
        velocitySquare: orNull(v.pipe(finite, v.minValue(0, 'a number >= 0'))),
        anew: v.optional(v.boolean('a boolean')),
      },
      'an object',
    ),
  ),
  geometry: v.optional(
    v.object({ fate: v.picklist(['taken', 'skipped', 'damped', 'restarted'], 'a fate') }, 'an object'),
  ),
  energy: v.optional(
    v.object({ before: orNull(finite), after: orNull(finite), trouble: orNull(v.string('a string')) }, 'an object'),
  ),
});

/**
 * A `step` line of a recorded run, checked.
 *
 * @throws LineFault that names the field, what was expected and what was received
 */
export function recordedStep(given: unknown): StepRecord {
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return given as StepRecord;
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? 'step';
  throw new LineFault(field, `${field}: expected ${issue.message}, got ${received(issue.input)}`);
}
