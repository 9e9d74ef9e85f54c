import { describe, expect, it } from 'vitest';
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
