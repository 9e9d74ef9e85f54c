import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleLearningRate, stopTraining } from '../../src/alerts/action.js';
import type { Alert } from '../../src/alerts/alert.js';
import { defaultRules } from '../../src/alerts/defaultRules.js';
import { persistent } from '../../src/alerts/persistent.js';
import type { AlertRule } from '../../src/alerts/rule.js';
import { lossSpike } from '../../src/alerts/rules/lossSpike.js';
import { misalignedVariable } from '../../src/alerts/rules/misalignedVariable.js';
import { psiDrift } from '../../src/alerts/rules/psiDrift.js';
import type { Certificate } from '../../src/certificates/certificate.js';
import { certify } from '../../src/certificates/certify.js';
import { externalStep } from '../../src/cli/externalStep.js';

function raised(rule: AlertRule, certificates: readonly Certificate[]): Alert[] {
  let state = rule.init();
  return certificates.flatMap((certificate) => {
    const [next, alert] = rule.update(state, certificate);
    state = next;
    return alert ? [alert] : [];
  });
}

const many = (count: number, make: (i: number) => Record<string, unknown>): Certificate[] =>
  Array.from({ length: count }, (_, i) => certify(externalStep(make(i), i)));

const natural = { y: [1, 1], g: [1, 2], lossBefore: 1, lossAfter: 0.9 };
const against = { y: [1, 1], g: [-1, -2] };
const tooLong = { y: [1, 1], g: [1, 2], lossBefore: 1, lossAfter: 1.5 };
const steep = { y: [1, 1e-4], g: [1e-4, 1] };
const tiltedPart = {
  y: [10, 1],
  g: [1, -1],
  variables: [
    { name: 'good', size: 1 },
    { name: 'bad', size: 1 },
  ],
};
const curved = { ...natural, lossAfter: 0.999, hessianMin: -1e6 };

describe('the default rules', () => {
  it.each([
    ['not-natural-gradient', against],
    ['overshoot', tooLong],
    ['psi-drift', steep],
    ['condition-number', steep],
    ['misaligned-variable', tiltedPart],
    ['step-size', curved],
    ['unresolved-too-long', { y: [1, 0], g: [0, 1] }],
  ])('%s is raised by its cause, in words with numbers, and not by a natural step', (name, cause) => {
    const rule = defaultRules().find((each) => each.name === name) as AlertRule;
    expect(
      raised(
        rule,
        many(150, () => natural),
      ),
    ).toEqual([]);
    const [alert] = raised(
      rule,
      many(150, () => cause),
    );
    expect(alert).toMatchObject({ kind: 'alert', version: 1, rule: name });
    expect(alert?.message).toMatch(/\d/);
    expect(alert?.message).not.toMatch(/NaN|undefined|null/);
  });

  it('non-finite is raised at once', () => {
    const record = externalStep(natural, 3);
    const broken = certify({
      ...record,
      obstacles: [{ condition: 'alignment', reason: 'non-finite: the loss before the step is NaN' }],
    });
    const rule = defaultRules().find((each) => each.name === 'non-finite') as AlertRule;
    expect(raised(rule, [broken]).length).toBe(1);
  });

  it('a leap of the loss is raised, a slow rise is not', () => {
    const leap = many(60, (i) => ({ ...natural, lossBefore: i === 50 ? 30 : 1 + 0.01 * (i % 3), lossAfter: 0.5 }));
    expect(raised(lossSpike(), leap).map(({ step }) => step)).toEqual([50]);
    expect(
      raised(
        lossSpike(),
        many(200, (i) => ({ ...natural, lossBefore: 1 + 0.002 * i, lossAfter: 0.5 })),
      ),
    ).toEqual([]);
  });
});

describe('persistence', () => {
  const rule = (persistence: object) =>
    persistent({
      name: 'test',
      persistence,
      signal: ({ verdict }) =>
        verdict === 'overshoot' ? 'alarm' : verdict === 'not-natural-gradient' ? 'silent' : 'clear',
      words: (_, alarms) => ({ level: 'warn', title: '', message: '', evidence: { alarms } }),
    });
  /** An x is an alarm, a dash is silence. */
  const sequence = (text: string) =>
    many(text.length, (i) => (text[i] === 'x' ? tooLong : text[i] === '-' ? against : natural));

  it('n of m, warm-up, cool-down and hysteresis', () => {
    const at = (persistence: object, text: string) => raised(rule(persistence), sequence(text)).map(({ step }) => step);
    expect(at({ alarms: 2, of: 3, coolDown: 0 }, '..x.x...')).toEqual([4]);
    expect(at({ alarms: 3, of: 3 }, '.xx.xx.xx')).toEqual([]);
    expect(at({ warmUp: 5, coolDown: 100 }, 'xxxxxxxx')).toEqual([5]);
    expect(at({ coolDown: 4 }, 'xxxxxxxxxxxx')).toEqual([0, 5, 10]);
    expect(at({ coolDown: 4 }, 'x.x.x.x.x')).toEqual([0, 6]);
  });

  it('counts alarms among the last that spoke, whatever was said', () => {
    const listening = rule({ alarms: 3, of: 5, coolDown: 0 });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('x', '.', '-'), maxLength: 40 }), (text) => {
        const spoken = [...text].flatMap((sign, step) => (sign === '-' ? [] : [{ sign, step }]));
        const counts = spoken.flatMap(({ step }, last) => {
          const alarms = spoken.slice(Math.max(0, last - 4), last + 1).filter(({ sign }) => sign === 'x').length;
          return alarms >= 3 ? [{ step, alarms }] : [];
        });
        const alerts = raised(listening, sequence(text));
        expect(alerts.map(({ step, evidence }) => ({ step, alarms: evidence.alarms }))).toEqual(counts);
      }),
    );
  });

  it('wrong options are named', () => {
    expect(() => rule({ alarms: 0 })).toThrow('test: expected option `alarms` to be an integer >= 1, got 0 (number)');
    expect(() => rule({ alarms: 3, of: 2 })).toThrow(/at most `of`/);
    expect(() => psiDrift(2)).toThrow(/psi-drift: expected `limit`/);
    expect(() => misalignedVariable({ of: 1.5 })).toThrow(/misaligned-variable: expected option `of`/);
  });
});

describe('actions', () => {
  it('do what they say to the alerts they are for', () => {
    const done: unknown[] = [];
    const context = {
      learningRate: 0.4,
      setLearningRate: (rate: number) => done.push(rate),
      stopTraining: () => done.push('stop'),
    };
    const [alert] = raised(
      defaultRules().find(({ name }) => name === 'overshoot') as AlertRule,
      many(9, () => tooLong),
    );
    scaleLearningRate(0.5)(alert as Alert, context);
    scaleLearningRate(0.5, ['other'])(alert as Alert, context);
    stopTraining()(alert as Alert, context);
    expect(done).toEqual([0.2, 'stop']);
    expect(() => scaleLearningRate(-1)).toThrow(/factor/);
  });
});
