import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDiscrete } from './checks/discrete.js';
import { checkFeedbackAlignment } from './checks/feedbackAlignment.js';
import { checkLti } from './checks/lti.js';
import { checkMetric } from './checks/metric.js';
import { checkMomentum } from './checks/momentum.js';
import { checkStochastic } from './checks/stochastic.js';
import { checkTimeVarying } from './checks/timeVarying.js';
import { checkWindow } from './checks/window.js';

const folder = process.env['STEEPEST_GOLDEN'] ?? join(import.meta.dirname);

interface Golden {
  cases: never[];
}

const checks: Readonly<Record<string, (cases: never[]) => string[]>> = {
  metric: checkMetric,
  'feedback-alignment': checkFeedbackAlignment,
  discrete: checkDiscrete,
  lti: checkLti,
  stochastic: checkStochastic,
  window: checkWindow,
  momentum: checkMomentum,
  'time-varying': checkTimeVarying,
};

/** Every number below `value`, by the way to it. */
function* numbersIn(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof value === 'number') yield path;
  else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) yield* numbersIn(each, [...path, key]);
  }
}

function altered(cases: never[], path: (string | number)[]): never[] {
  const copy = structuredClone(cases);
  const owner = path.slice(0, -1).reduce<object>((at, key) => Reflect.get(at, key) as object, copy);
  const key = path.at(-1) as string;
  const value = Reflect.get(owner, key) as number;
  Reflect.set(owner, key, value === 0 ? 0.01 : value * 1.01);
  return copy;
}

/**
 * Rounding errors as they came out: anything of their size is as good. And what nothing in the file follows from, or leads to: where θ was,
 * and, of a target whose drift is not told, the loss at the next time.
 */
function untested(name: string, path: (string | number)[], value: number): boolean {
  const key = path.at(-1);
  if (key === 'residual' || (key === 'asymmetry' && Math.abs(value) < 1e-12)) return true;
  return name === 'time-varying' && (path.includes('theta') || key === 'lossAfter');
}

/** A number can be so wrong that the line is refused altogether. */
function notices(check: (cases: never[]) => string[], cases: never[]): boolean {
  try {
    return check(cases).length > 0;
  } catch {
    return true;
  }
}

describe.each(Object.keys(checks))('golden %s', (name) => {
  const check = checks[name] as (cases: never[]) => string[];
  const { cases } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Golden;

  it('agrees in every number', () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(check(cases)).toEqual([]);
  });

  it('notices when a number is off by a hundredth', () => {
    const valueAt = (path: (string | number)[]): number =>
      path.reduce<unknown>((at, key) => Reflect.get(at as object, key), cases) as number;
    const paths = [...numbersIn(cases)].filter((path) => !untested(name, path, valueAt(path)));
    const stride = Math.max(1, Math.floor(paths.length / 300));
    const unnoticed = paths.filter((path, i) => i % stride === 0 && !notices(check, altered(cases, path)));
    // A number whose hundredth is below the rounding of the numbers beside it can't be told.
    expect(unnoticed.length, unnoticed.map((path) => path.join('.')).join('\n')).toBeLessThanOrEqual(
      Math.ceil(0.005 * Math.min(300, paths.length)),
    );
  });
});
