import { concat, from, lastValueFrom, NEVER, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import { describe, expect, it } from 'vitest';
import {
  advanceAverage,
  type AverageDraw,
  type AverageCertificate,
  certifiedOnAverage,
  certifyAverage,
  emptyAverage,
} from '../../src/core.js';
import { addDraw } from '../../src/certificates/average.js';
import { projected } from '../../src/geometry/discreteGradients/projected.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const point = { y: [1, -2, 0.5], lossBefore: 3, learningRate: 0.1 };

/** Updates about `mean`, and the losses after them on `3 − y·ηg + c‖ηg‖²/2`. */
function* draws(mean: readonly number[], spread = 1, curvature = 1): Generator<AverageDraw> {
  const generator = mersenne(seed);
  const uniform = (): number => (generator.next() >>> 0) / 2 ** 32 - 0.5;
  for (;;) {
    const g = mean.map((value) => value + spread * uniform());
    const along = g.reduce((sum, gi, i) => sum + gi * point.y[i]!, 0);
    const square = g.reduce((sum, gi) => sum + gi * gi, 0);
    yield { g, lossAfter: 3 - 0.1 * along + (curvature * 0.01 * square) / 2 };
  }
}

const take = (count: number, from_: Iterable<AverageDraw>): AverageDraw[] => {
  const taken: AverageDraw[] = [];
  for (const draw of from_) if (taken.push(draw) === count) break;
  return taken;
};

const run = (source: Observable<AverageDraw>, plan = {}): Promise<AverageCertificate[]> =>
  lastValueFrom(source.pipe(certifiedOnAverage(point, plan), toArray()));

describe('certifiedOnAverage', () => {
  it('looks where planned, stops when decided and lets go of the source', async () => {
    let released = 0;
    const source = new Observable<AverageDraw>((subscriber) => {
      for (const draw of draws([1, -2, 0.5])) {
        if (subscriber.closed) break;
        subscriber.next(draw);
      }
      return () => released++;
    });
    const found = await run(source, { draws: 1000 });
    expect(found.map((each) => [each.draws, each.stopped])).toEqual([[125, 'decided']]);
    expect(released).toBe(1);
    const [{ effectiveOnAverage, discreteMetric, averageNaturalGradient, metric, shifted }] = found as [
      AverageCertificate,
    ];
    for (const each of [effectiveOnAverage, discreteMetric, averageNaturalGradient]) expect(each.state).toBe('holds');
    expect(metric?.psi).toBeLessThan(0.5);
    expect(shifted?.smallest).toBeGreaterThan(0);
  });

  it('goes on to the last draw where nothing is decided, or where it is told to', async () => {
    const undecided = await run(from(take(64, draws([0, 0, 0]))), { draws: 64 });
    expect(undecided.map(({ draws, stopped }) => [draws, stopped])).toEqual([
      [16, null],
      [32, null],
      [64, 'all-draws'],
    ]);
    const never = await run(from(take(70, draws([1, -2, 0.5]))), { draws: 64, stop: 'never' });
    expect(never.map(({ draws, stopped, lookConfidence }) => [draws, stopped, lookConfidence])).toEqual([
      [64, 'all-draws', 0.95],
    ]);
  });

  it('certifies what there is when the stream ends early, be it nothing', async () => {
    const [early] = await run(from(take(9, draws([1, -2, 0.5]))), { draws: 100 });
    expect(early).toMatchObject({ draws: 9, stopped: 'decided' });
    expect(early!.effectiveOnAverage.state).toBe('holds');
    for (const count of [0, 1]) {
      const [one] = await run(from(take(1, draws([1, -2, 0.5])).slice(0, count)));
      expect(one!.effectiveOnAverage).toMatchObject({ state: 'unresolved', interval: null });
      expect(one!.effectiveOnAverage.reason).toMatch(count === 0 ? /no draws/ : /one draw/);
    }
  });

  it('is the pure functions, lifted', async () => {
    const sample = take(20, draws([0.2, 0, 0]));
    const state = sample.reduce(advanceAverage, emptyAverage(point, { draws: 20, confidence: 0.9, stop: 'never' }));
    expect(await run(from(sample), { draws: 20, confidence: 0.9, stop: 'never' })).toEqual([certifyAverage(state)]);
    // Nothing of the state before is changed.
    const one = advanceAverage(emptyAverage(point, { draws: 9, confidence: 0.9, stop: 'never' }), sample[0]!);
    const before = structuredClone(one);
    advanceAverage(one, sample[1]!);
    expect(one).toEqual(before);
  });

  it('what is not a number ends it before it gets into the sums', () => {
    const sample = take(3, draws([1, -2, 0.5]));
    const state = sample.reduce(addDraw, emptyAverage(point, { draws: 10, confidence: 0.95, stop: 'never' }));
    const sums = structuredClone([state.sumG, state.sumY]);
    for (const broken of [
      { ...sample[0]!, g: [1, Number.NaN, 0] },
      { ...sample[0]!, discreteY: [1, Infinity, 0] },
      { ...sample[0]!, from: [1, Number.NaN, 0] },
      { g: [1e-160, 0, 0], lossAfter: 1e300 },
    ]) {
      const ended = addDraw(state, broken);
      expect(ended.obstacle).toMatch(/^non-finite: /);
      expect([ended.sumG, ended.sumY]).toEqual(sums);
    }
  });

  it('takes for the discrete gradient what is projected from what it is given', async () => {
    const sample = take(30, draws([1, -2, 0.5])).map((draw, i) => ({ ...draw, from: [2 - i / 30, i / 10, -1] }));
    const eta = point.learningRate ?? 1;
    const given = sample.map(({ from: vector, ...draw }) => ({
      ...draw,
      discreteY: projected(vector, draw.g, draw.lossAfter - point.lossBefore, eta),
    }));
    const options = { draws: 30, stop: 'never' } as const;
    const [[one], [other]] = [await run(from(sample), options), await run(from(given), options)];
    expect(one!.discreteMetric.value).toBeCloseTo(other!.discreteMetric.value!, 12);
    expect(one!.discreteMetric.interval![0]).toBeCloseTo(other!.discreteMetric.interval![0], 10);
    expect(one!.curvatureNorm).toBeCloseTo(other!.curvatureNorm!, 10);
    const [plain] = await run(from(sample.map(({ g, lossAfter }) => ({ g, lossAfter }))), options);
    expect(Math.abs(plain!.curvatureNorm! - one!.curvatureNorm!)).toBeGreaterThan(0.1);
  });

  it('passes an error on, and stays quiet while there is nothing to say', () => {
    const seen: unknown[] = [];
    concat(
      of(take(1, draws([1, 0, 0]))[0]!),
      throwError(() => new Error('of the source')),
    )
      .pipe(certifiedOnAverage(point))
      .subscribe({ next: () => seen.push('next'), error: (error: Error) => seen.push(error.message) });
    NEVER.pipe(certifiedOnAverage(point))
      .subscribe(() => seen.push('next'))
      .unsubscribe();
    const subject = new Subject<AverageDraw>();
    const subscription = subject.pipe(certifiedOnAverage(point)).subscribe(() => seen.push('next'));
    subscription.unsubscribe();
    expect(subject.observed).toBe(false);
    expect(seen).toEqual(['of the source']);
  });

  it('says what it can where a draw has no loss, and nothing where a draw is none', async () => {
    const sample = take(40, draws([1, -2, 0.5]));
    const lossless = sample.map((draw, i) => (i === 7 ? { ...draw, lossAfter: Number.NaN } : draw));
    const [unresolved] = await run(from(lossless), { draws: 40, stop: 'never' });
    expect(unresolved!.effectiveOnAverage).toMatchObject({
      state: 'unresolved',
      reason: expect.stringContaining('draw 8') as string,
    });
    expect(unresolved!.discreteMetric.state).toBe('unresolved');
    expect(unresolved!.averageNaturalGradient.state).toBe('holds');
    for (const [g, reason] of [
      [[1, 2], /draw 3: `g` has 2 numbers, y has 3/],
      [[1, Number.POSITIVE_INFINITY, 0], /non-finite: the update of draw 3/],
    ] as const) {
      const [nothing] = await run(from(sample.map((draw, i) => (i === 2 ? { ...draw, g } : draw))));
      expect(nothing!.stopped).toBe('obstacle');
      expect(nothing!.averageNaturalGradient.reason).toMatch(reason);
      expect(nothing!.effectiveOnAverage.state).toBe('unresolved');
    }
    for (const each of [unresolved]) expect(JSON.parse(JSON.stringify(each))).toEqual(each);
  });

  it('takes what is no draw for an obstacle, with the reason, and throws nothing', async () => {
    const sample = take(6, draws([1, -2, 0.5]));
    const good = sample[0]!;
    const cases: [unknown, string][] = [
      [undefined, 'draw 3: expected an object { g, lossAfter }, got undefined (undefined)'],
      [null, 'draw 3: expected an object { g, lossAfter }, got null'],
      [7, 'draw 3: expected an object { g, lossAfter }, got 7 (number)'],
      [{ lossAfter: 2 }, 'draw 3: expected `g` to be a list of numbers, got undefined (undefined)'],
      [{ g: null, lossAfter: 2 }, 'draw 3: expected `g` to be a list of numbers, got null'],
      [{ g: 'abc', lossAfter: 2 }, "draw 3: expected `g` to be a list of numbers, got 'abc' (string)"],
      [{ g: [1, null, 2], lossAfter: 2 }, 'draw 3: expected `g[1]` to be a number, got null'],
      [{ g: ['1', 2, 3], lossAfter: 2 }, "draw 3: expected `g[0]` to be a number, got '1' (string)"],
      [{ g: new BigInt64Array(3), lossAfter: 2 }, 'draw 3: expected `g[0]` to be a number, got 0 (bigint)'],
      [{ ...good, discreteY: null }, 'draw 3: expected `discreteY` to be a list of numbers, got null'],
      [{ ...good, from: 5 }, 'draw 3: expected `from` to be a list of numbers, got 5 (number)'],
    ];
    for (const [bad, reason] of cases) {
      const found = await run(from(sample.with(2, bad as AverageDraw)));
      expect(found.map(({ draws, stopped }) => [draws, stopped])).toEqual([[2, 'obstacle']]);
      for (const each of ['effectiveOnAverage', 'discreteMetric', 'averageNaturalGradient'] as const)
        expect(found[0]![each]).toMatchObject({ state: 'unresolved', reason });
      const state = sample
        .with(2, bad as AverageDraw)
        .reduce(advanceAverage, emptyAverage(point, { draws: 6, confidence: 0.95, stop: 'never' }));
      expect([state.draws, state.obstacle]).toEqual([2, reason]);
    }
  });

  it('takes a loss that is no number for none: not for 0, nor for what it reads like', async () => {
    const sample = take(40, draws([1, -2, 0.5]));
    for (const [lossAfter, got] of [
      [undefined, 'undefined (undefined)'],
      [null, 'null'],
      ['2.5', "'2.5' (string)"],
    ] as const) {
      const bad = { g: sample[7]!.g, lossAfter } as unknown as AverageDraw;
      const [certificate] = await run(from(sample.with(7, bad)), { draws: 40, stop: 'never' });
      const reason = `draw 8: expected \`lossAfter\` to be a number, got ${got}`;
      expect(certificate!.effectiveOnAverage).toMatchObject({ state: 'unresolved', reason });
      expect(certificate!.discreteMetric).toMatchObject({ state: 'unresolved', reason });
      expect(certificate!.averageNaturalGradient.state).toBe('holds');
    }
  });

  it('refuses a point that is none at once, naming the field', () => {
    const { y, lossBefore } = point;
    const plan = { draws: 10, confidence: 0.95, stop: 'never' } as const;
    const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
      [undefined, TypeError, 'expected `point` to be an object, got undefined (undefined)'],
      [null, TypeError, 'expected `point` to be an object, got null'],
      [{ lossBefore }, TypeError, 'expected `y` to be a list of numbers, got undefined (undefined)'],
      [{ y: [], lossBefore }, TypeError, 'expected `y` to hold at least one number, got none'],
      [{ y: [1, '2'], lossBefore }, TypeError, "expected `y[1]` to be a number, got '2' (string)"],
      [{ y }, TypeError, 'expected `lossBefore` to be a number, got undefined (undefined)'],
      [{ y, lossBefore: '3' }, TypeError, "expected `lossBefore` to be a number, got '3' (string)"],
      [{ y, lossBefore: null }, TypeError, 'expected `lossBefore` to be a number, got null'],
      [
        { ...point, learningRate: -1 },
        RangeError,
        'expected `learningRate` to be a finite number > 0, got -1 (number)',
      ],
      [{ ...point, noise: 3 }, TypeError, 'expected `noise` to be an object or null, got 3 (number)'],
      [{ y, lossBefore, lerningRate: 0.1 }, TypeError, 'got an unknown one, `lerningRate`'],
    ];
    for (const [bad, kind, message] of cases) {
      for (const [who, ask] of [
        ['certifiedOnAverage', () => certifiedOnAverage(bad as typeof point)],
        ['emptyAverage', () => emptyAverage(bad as typeof point, plan)],
      ] as const) {
        expect(ask).toThrow(kind);
        expect(ask).toThrow(message);
        expect(ask).toThrow(`${who}: expected `);
      }
    }
    // NaN is trouble with numbers, which a certificate is for.
    expect(emptyAverage({ y, lossBefore: Number.NaN }, plan).lossObstacle).toMatch(/^non-finite/);
  });

  it('refuses a plan it can not keep, naming the option', () => {
    expect(() => certifiedOnAverage(point, null as never)).toThrow(
      'certifiedOnAverage: expected options to be an object, got null',
    );
    expect(() => certifiedOnAverage(point, { confidense: 0.9 } as object)).toThrow(
      'certifiedOnAverage: expected one of the options draws, confidence, stop, got an unknown one, `confidense`',
    );
    // One by one they are held to the same.
    const empty = (plan: unknown) => () => emptyAverage(point, plan as Parameters<typeof emptyAverage>[1]);
    expect(empty(undefined)).toThrow('emptyAverage: expected options to be an object, got undefined (undefined)');
    expect(empty({ draws: 9, confidense: 0.9, stop: 'never' })).toThrow('got an unknown one, `confidense`');
    expect(empty({ draws: 9, confidence: 95, stop: 'never' })).toThrow(
      'emptyAverage: expected option `confidence` to be a number in (0, 1), got 95 (number)',
    );
    expect(() => certifiedOnAverage(point, { draws: 1 })).toThrow(
      /certifiedOnAverage: expected option `draws` to be an integer >= 2.*got 1 \(number\)/,
    );
    expect(() => certifiedOnAverage(point, { confidence: 95 })).toThrow(
      /`confidence` to be a number in \(0, 1\), got 95/,
    );
    expect(() => certifiedOnAverage(point, { confidence: Number.NaN })).toThrow(/`confidence`/);
  });
});
