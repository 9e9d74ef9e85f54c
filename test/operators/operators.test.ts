import { map, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.js';
import type { AlertRule } from '../../src/alerts/rule.js';
import type { Certificate } from '../../src/certificates/certificate.js';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { alertOn } from '../../src/operators/alertOn.js';
import { certifySteps } from '../../src/operators/certifySteps.js';
import { Guarded } from '../../src/operators/guarded.js';
import { windowed } from '../../src/operators/windowed.js';

const step = (i: number, sign = 1): StepRecord => ({
  ...externalStep({ y: [1, 2], g: [sign, sign] }, i),
  source: 'observe',
  lossBefore: 10 - i,
  lossAfter: 9 - i,
});
const records = { a: step(0), b: step(1), c: step(2, -1), d: step(3), e: step(4) };
const certificates = Object.fromEntries(Object.entries(records).map(([key, record]) => [key, certify(record)]));

const alertAt = (at: number): Alert => ({
  kind: 'alert',
  version: 1,
  step: at,
  level: 'info',
  rule: 'always',
  title: '',
  message: '',
  evidence: {},
});
const always: AlertRule = {
  name: 'always',
  init: () => 0,
  update: (state, certificate) => [state, alertAt(certificate.step)],
};
const broken: AlertRule = {
  name: 'broken',
  init: () => 0,
  update: () => {
    throw new Error('no');
  },
};

const run = (body: Parameters<TestScheduler['run']>[0]) =>
  new TestScheduler((got, wanted) => {
    expect(got).toEqual(wanted);
  }).run(body);

describe('certifySteps', () => {
  it('gives one certificate a record; never, empty and error pass; early unsubscription reaches the source', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      expectObservable(cold('a-b-c|', records).pipe(certifySteps())).toBe('a-b-c|', certificates);
      for (const marbles of ['-', '|', '#', '--|', '--#']) {
        expectObservable(cold<StepRecord>(marbles).pipe(certifySteps())).toBe(marbles);
      }
      const source = hot('--a-b-c|', records);
      expectObservable(source.pipe(certifySteps()), '^---!').toBe('--a-', certificates);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });
});

describe('windowed', () => {
  it('closes a window with the step after it; never, empty and error pass; unsubscription reaches the source', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const sizes = cold('a-b-c-d-e|', records).pipe(
        windowed(2),
        map(({ from, step: to, alignment, effective }) => [from, to, alignment.state, effective.state]),
      );
      expectObservable(sizes).toBe('----x---y|', { x: [0, 1, 'holds', 'holds'], y: [2, 3, 'unresolved', 'holds'] });
      for (const marbles of ['-', '|', '#', '--|', '--#']) {
        expectObservable(cold<StepRecord>(marbles).pipe(windowed(2))).toBe(marbles);
      }
      const source = hot('a-b-c|', records);
      expectObservable(source.pipe(windowed(2)), '^-!').toBe('');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('names a wrong size at once', () => {
    expect(() => windowed(0)).toThrow('windowed: expected `size` to be an integer >= 1, got 0 (number)');
  });
});

describe('alertOn', () => {
  it('gives alerts in step order; a rule that throws is told once and left out', () => {
    const faults: string[] = [];
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const rules = alertOn([broken, always], { onFault: (rule) => faults.push(rule) });
      expectObservable(cold('a-b|', certificates).pipe(rules)).toBe('a-b|', { a: alertAt(0), b: alertAt(1) });
      for (const marbles of ['-', '|', '#', '--|', '--#']) {
        expectObservable(cold<Certificate>(marbles).pipe(alertOn([always]))).toBe(marbles);
      }
      const source = hot('--a-b|', certificates);
      expectObservable(source.pipe(alertOn([always])), '^--!').toBe('--a', { a: alertAt(0) });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect(faults).toEqual(['broken']);
  });
});

describe('Guarded', () => {
  it('a subscriber or an operator that throws harms nobody else, and the source least', () => {
    const source = new Subject<number>();
    const faults: unknown[] = [];
    const guarded = new Guarded(source, (fault) => faults.push(fault));
    const seen: number[] = [];
    const bad = (): never => {
      throw new Error('mine');
    };
    guarded.subscribe(bad);
    guarded.pipe(map(bad)).subscribe();
    guarded.pipe(map((value) => value + 1)).subscribe(bad);
    guarded.subscribe((value) => seen.push(value));
    source.next(1);
    source.next(2);
    source.complete();
    expect(seen).toEqual([1, 2]);
    expect(faults.length).toBe(5);
  });
});
