import { describe, expect, it } from 'vitest';
import {
  advanceLeastChange,
  asymmetry,
  constantMetric,
  crossGram,
  emptyLeastChange,
  leastChange,
  type LeastChangeMetric,
  metricDrift,
} from '../../src/core.js';
import { advanceGeometry, emptyGeometry, type GeometryRecord } from '../../src/geometry/geometryOverTime.js';

const hessian = [
  [3, 0.5, 0],
  [0.5, 1, -0.2],
  [0, -0.2, 2],
];
const times = (matrix: readonly (readonly number[])[], v: ArrayLike<number>): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((sum, value, i) => sum + value * (v[i] as number), 0));

/** Steps of `g = P y` on a quadratic. */
function descend(rule: (y: Float64Array, step: number) => Float64Array, steps: number): GeometryRecord[] {
  let theta = Float64Array.from([1, -2, 0.7]);
  let state = emptyGeometry(3);
  return Array.from({ length: steps }, (_, i) => {
    const y = times(hessian, theta).map((value) => -value);
    const g = rule(y, i);
    theta = theta.map((value, k) => value + 0.1 * (g[k] as number));
    const next = advanceGeometry(state, y, g);
    ({ state } = next);
    return next.record;
  });
}

const windowsOf = (records: readonly GeometryRecord[]) => records.flatMap(({ window }) => window ?? []);

describe('geometry over time', () => {
  it('gradient descent keeps one metric, the identity, and does not drift', () => {
    const records = descend((y) => y, 9);
    expect(records.map(({ fate }) => fate)).toEqual(Array(9).fill('taken'));
    const windows = windowsOf(records);
    expect(windows).toHaveLength(3);
    for (const { constant, leastChange } of windows) {
      expect(constant.asymmetry).toBeLessThan(1e-12);
      expect(constant.state).not.toBe('fails');
      expect(leastChange?.smallest).toBeCloseTo(1, 6);
      expect(leastChange?.largest).toBeCloseTo(1, 6);
    }
    expect(windows[0]?.drift).toBeNull();
    expect(windows[2]?.drift?.distance).toBeLessThan(1e-6);
  });

  it('a constant preconditioner is one metric, a rotated gradient is none', () => {
    const preconditioner = [
      [2, 0.3, 0],
      [0.3, 1, 0.1],
      [0, 0.1, 0.5],
    ];
    for (const { constant } of windowsOf(descend((y) => times(preconditioner, y), 6))) {
      expect(constant.asymmetry).toBeLessThan(1e-10);
      // Updates that turn towards one another are independent only to within rounding, sooner or later.
      expect(constant.state).not.toBe('fails');
    }
    const rotated = windowsOf(
      descend(
        (y) =>
          Float64Array.from([
            y[0] as number,
            (y[1] as number) + 2 * (y[2] as number),
            (y[2] as number) - 2 * (y[1] as number),
          ]),
        6,
      ),
    );
    for (const { constant } of rotated) {
      expect(constant.asymmetry).toBeGreaterThan(0.1);
      expect(constant.state).toBe('fails');
    }
  });

  it('an asymmetry that the rounding of the updates explains decides nothing, a larger one does', () => {
    const noise = 2e-3;
    const window = (turn: number, rounding: number): GeometryRecord['window'] => {
      let state = emptyGeometry(3);
      let last: GeometryRecord['window'];
      for (let i = 0; i < 3; i++) {
        const y = Float64Array.from([0, 1, 2], (k) => (k === i ? 1 : 0.1));
        // The rounding of θ' is as good as a rotation by as much.
        const g = y.map((value, k) => value + (k === 0 ? turn : -turn) * (y[(k + 1) % 3] as number));
        const next = advanceGeometry(state, y, g, rounding);
        state = next.state;
        last = next.record.window;
      }
      return last;
    };
    expect(window(noise, 0)?.constant.state).toBe('fails');
    expect(window(noise, noise)?.constant).toMatchObject({
      state: 'unresolved',
      reason: expect.stringContaining('rounding of θ') as string,
    });
    expect(window(0.5, noise)?.constant.state).toBe('fails');
    expect(window(0, noise)?.constant.state).toBe('holds');
  });

  it('a preconditioner that changes is a metric that drifts, and a step that climbs is skipped', () => {
    const records = descend((y, step) => y.map((value, k) => value * (k === 0 && step >= 3 ? 8 : 1)), 6);
    expect(windowsOf(records)[1]?.drift?.distance).toBeGreaterThan(1);
    expect(descend((y) => y.map((value) => -value), 1)[0]?.fate).toBe('skipped');
  });
});

describe('vectors that do not fit each other are named', () => {
  const refused = (ask: () => unknown, kind: typeof TypeError | typeof RangeError, message: string): void => {
    expect(ask).toThrow(kind);
    expect(ask).toThrow(message);
  };
  const metricOf = (...y: number[]): LeastChangeMetric =>
    leastChange(advanceLeastChange(emptyLeastChange(), y, y)) as LeastChangeMetric;

  it('the metric of least change', () => {
    const empty = emptyLeastChange();
    const who = 'advanceLeastChange: expected';
    refused(() => advanceLeastChange(empty, [1, 2, 3], [1, 2]), RangeError, `${who} \`g\` to hold 3 numbers, got 2`);
    refused(() => advanceLeastChange(empty, [1, 2], [1, 2, 3]), RangeError, `${who} \`g\` to hold 2 numbers, got 3`);
    const one = advanceLeastChange(empty, [1, 2, 3], [1, 2, 3]);
    refused(() => advanceLeastChange(one, [1, 2], [1, 2]), RangeError, `${who} \`y\` to hold 3 numbers, got 2`);
    refused(() => advanceLeastChange(empty, [1, 2], null as never), TypeError, `${who} \`g\` to be a list of numbers`);
    refused(() => advanceLeastChange(empty, [1, '2'] as never, [1, 2]), TypeError, "`y[1]` to be a number, got '2'");
    const { apply, solve } = metricOf(1, 2, 3);
    refused(() => apply([1, 2]), RangeError, 'leastChange.apply: expected `v` to hold 3 numbers, got 2');
    refused(() => solve([1, 2]), RangeError, 'leastChange.solve: expected `v` to hold 3 numbers, got 2');
    refused(
      () => emptyLeastChange({ memry: 5 } as object),
      TypeError,
      'leastChange: expected one of the options memory, damping, scale, got an unknown one, `memry`',
    );
    refused(
      () => emptyLeastChange(null as never),
      TypeError,
      'leastChange: expected options to be an object, got null',
    );
  });

  it('the drift of one metric to another', () => {
    const [two, three] = [metricOf(1, 2), metricOf(1, 2, 3)];
    const who = 'metricDrift: expected';
    refused(() => metricDrift(three, two), RangeError, `${who} \`b\` to be of dimension 3, as \`a\` is, got 2`);
    refused(() => metricDrift(two, three), RangeError, `${who} \`b\` to be of dimension 2, as \`a\` is, got 3`);
    refused(() => metricDrift(null as never, two), TypeError, `${who} \`a\` to be a metric, got null`);
    refused(() => metricDrift(two, {} as never), TypeError, `${who} \`b\` to be a metric, got {}`);
    // A multiple of the identity is one in every dimension.
    const identity = leastChange(emptyLeastChange({ scale: 1 })) as LeastChangeMetric;
    expect(metricDrift(identity, three)?.distance).toBeCloseTo(0, 12);
  });

  it('one metric for many steps', () => {
    const [y, g] = [
      [
        [1, 2],
        [2, 1],
      ],
      [
        [1, 2],
        [2, 1],
        [1, 1],
      ],
    ];
    const who = 'constantMetric: expected';
    refused(
      () => constantMetric(y, g),
      RangeError,
      `${who} \`y\` and \`g\` to hold as many vectors, at least one, got 2 and 3`,
    );
    refused(() => constantMetric([], []), RangeError, 'at least one, got 0 and 0');
    refused(() => constantMetric(y, [[1, 2], [1]]), RangeError, `${who} \`g[1]\` to hold 2 numbers, got 1`);
    refused(() => constantMetric([[1, 2], [1]], y), RangeError, `${who} \`y[1]\` to hold 2 numbers, got 1`);
    refused(() => constantMetric(y, null as never), TypeError, `${who} \`g\` to be a list of vectors, got null`);
    refused(() => constantMetric(new Array(2), y), TypeError, `${who} \`y[0]\` to be a list of numbers, got undefined`);
    refused(() => constantMetric([1, 2] as never, y), TypeError, `${who} \`y[0]\` to be a list of numbers, got 1`);
    refused(() => constantMetric(y, y, Number.NaN), RangeError, `${who} \`tolerance\` to be a number >= 0, got NaN`);
    refused(() => crossGram([[1, 2]], [[1]]), RangeError, 'crossGram: expected `g[0]` to hold 2 numbers, got 1');
    refused(() => asymmetry([[1, 2], [1]]), RangeError, 'asymmetry: expected `cross[1]` to hold 2 numbers, got 1');
    refused(() => asymmetry([[1, 2]]), RangeError, 'asymmetry: expected `cross[0]` to hold 1 numbers, got 2');
  });
});
