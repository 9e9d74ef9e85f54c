import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  discreteGradient,
  type DiscreteGradientKind,
} from '../../../src/geometry/discreteGradients/discreteGradient.js';
import type { Segment } from '../../../src/geometry/discreteGradients/segment.js';
import { answered, known } from '../../oracles/answered.js';
import { rosenbrock, rosenbrockGradient, rosenbrockHessian } from '../../oracles/rosenbrock.js';

interface Loss {
  value(theta: readonly number[]): number;
  gradient(theta: readonly number[]): number[];
  hessian(theta: readonly number[]): number[][];
}

/** Three losses whose curvature changes: two dimensions, three, and none of it quadratic. */
const losses: Record<string, Loss> = {
  Rosenbrock: {
    value: (t) => rosenbrock([...t]),
    gradient: (t) => rosenbrockGradient([...t]),
    hessian: (t) => rosenbrockHessian([...t]),
  },
  'a sum of fourth powers and a saddle': {
    value: ([x = 0, y = 0, z = 0]) => x ** 4 + y * z + z ** 4 / 2,
    gradient: ([x = 0, y = 0, z = 0]) => [4 * x ** 3, z, y + 2 * z ** 3],
    hessian: ([x = 0, , z = 0]) => [
      [12 * x ** 2, 0, 0],
      [0, 0, 1],
      [0, 1, 6 * z ** 2],
    ],
  },
};
const indefinite = [
  [2, 1, 0],
  [1, -3, 0.5],
  [0, 0.5, 1],
];
const quadratic: Loss = {
  value: (t) => indefinite.reduce((sum, row, i) => sum + (dot(row, t) * (t[i] ?? 0)) / 2, 0),
  gradient: (t) => indefinite.map((row) => dot(row, t)),
  hessian: () => indefinite,
};

const dot = (u: ArrayLike<number>, v: ArrayLike<number>): number =>
  Array.from(u).reduce((sum, each, i) => sum + each * (v[i] as number), 0);

/** Nothing has to be waited for: no question is left over. */
type Ready = Segment<never, never>;

function segmentOf(loss: Loss, theta: readonly number[], g: readonly number[], eta: number): Ready {
  const at = (s: number): number[] => theta.map((each, i) => each + s * eta * (g[i] as number));
  return {
    y: Float64Array.from(loss.gradient(theta), (each) => -each),
    g: Float64Array.from(g),
    eta,
    change: loss.value(at(1)) - loss.value(theta),
    yAt: (s) => known(Float64Array.from(loss.gradient(at(s)), (each) => -each)),
    curvatureAt: (s) => known(Float64Array.from(loss.hessian(at(s)), (row) => dot(row, g))),
    lossAfter: (count) => known(loss.value(theta.map((each, i) => (i < count ? (at(1)[i] as number) : each)))),
  };
}

const kinds: DiscreteGradientKind[] = ['projected', 'midpoint', 'mean-value', 'taylor', 'coordinate-increment'];
const entry = fc.double({ min: -2, max: 2, noNaN: true }).filter((x) => Math.abs(x) > 1e-3);
const point = fc.array(entry, { minLength: 3, maxLength: 3 });

function vectorOf(kind: DiscreteGradientKind, segment: Ready): Float64Array {
  const { vector, ...rest } = answered(discreteGradient(kind, segment));
  if (vector === null) throw new Error(JSON.stringify(rest));
  return vector;
}

describe.each(kinds)('%s, as every discrete gradient,', (kind) => {
  for (const [name, loss] of [...Object.entries(losses), ['an indefinite quadratic', quadratic] as const]) {
    const dimension = loss.gradient([1, 1, 1]).length;

    it(`accounts for the whole change of ${name}`, () => {
      fc.assert(
        fc.property(point, point, fc.double({ min: 1e-3, max: 1, noNaN: true }), (theta, g, eta) => {
          const segment = segmentOf(loss, theta.slice(0, dimension), g.slice(0, dimension), eta);
          const vector = vectorOf(kind, segment);
          const terms = segment.g.reduce((sum, each, i) => sum + Math.abs(each * eta * (vector[i] as number)), 0);
          expect(Math.abs(eta * dot(vector, segment.g) + segment.change)).toBeLessThan(1e-12 * (terms + 1));
        }),
      );
    });

    it(`tends to the gradient of ${name} as the step shrinks`, () => {
      fc.assert(
        fc.property(point, point, (theta, g) => {
          const gaps = [1e-2, 1e-3].map((eta) => {
            const segment = segmentOf(loss, theta.slice(0, dimension), g.slice(0, dimension), eta);
            const vector = vectorOf(kind, segment);
            return Math.hypot(...vector.map((each, i) => each - (segment.y[i] as number)));
          });
          // First order: ten times nearer, or both at rounding level.
          expect(gaps[1]).toBeLessThan(0.2 * (gaps[0] as number) + 1e-7);
        }),
      );
    });
  }
});

describe('of one kind each', () => {
  it('midpoint and mean-value are the mean gradient of a quadratic', () => {
    const segment = segmentOf(quadratic, [1, 2, -1], [0.3, -1, 2], 0.5);
    const mean = segment.y.map((each, i) => (each + (answered(segment.yAt(1))[i] as number)) / 2);
    for (const kind of ['midpoint', 'mean-value', 'taylor'] as const)
      vectorOf(kind, segment).forEach((each, i) => {
        expect(each).toBeCloseTo(mean[i] as number, 12);
      });
  });

  it('taylor takes the smallest point: 0 on a quadratic, a root of its equation elsewhere', () => {
    expect(answered(discreteGradient('taylor', segmentOf(quadratic, [1, 2, -1], [0.3, -1, 2], 0.5)))).toMatchObject({
      point: 0,
    });
    const segment = segmentOf(losses['Rosenbrock'] as Loss, [-1.2, 1], [1, -0.4], 0.3);
    const found = answered(discreteGradient('taylor', segment));
    if (found.vector === null) throw new Error(found.reason);
    const s = found.point as number;
    const curvature = dot(segment.g, answered(segment.curvatureAt(s)) as Float64Array);
    expect(s).toBeGreaterThan(0);
    expect(curvature).toBeCloseTo(
      (2 * (segment.change + segment.eta * dot(segment.y, segment.g))) / segment.eta ** 2,
      6,
    );
  });

  it('says why there is none', () => {
    const segment = segmentOf(quadratic, [1, 2, -1], [0.3, -1, 2], 0.5);
    expect(answered(discreteGradient('taylor', { ...segment, curvatureAt: () => known(null) }))).toMatchObject({
      vector: null,
    });
    expect(answered(discreteGradient('taylor', { ...segment, change: 1e6 }))).toMatchObject({ vector: null });
    const g = new Float64Array(300);
    expect(answered(discreteGradient('coordinate-increment', { ...segment, g }))).toMatchObject({
      reason: expect.stringContaining('300') as unknown,
    });
  });
});
