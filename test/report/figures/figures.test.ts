import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { certifyFlow } from '../../../src/certificates/certifyFlow.js';
import { metric } from '../../../src/geometry/metric.js';
import { figureSvg } from '../../../src/report/figure.js';
import { alphaDial } from '../../../src/report/figures/alphaDial.js';
import { ball } from '../../../src/report/figures/ball.js';
import { metricBall } from '../../../src/report/figures/metricBall.js';
import { movingBall } from '../../../src/report/figures/movingBall.js';
import { spectrumAgainstPsi } from '../../../src/report/figures/spectrumAgainstPsi.js';
import { loadPlotting } from '../../../src/report/plotting.js';

const at = (psi: number, step = 0) =>
  certifyFlow({ step, state: [1, 1], gradient: [0, -3], velocity: [2 * Math.sin(psi), 2 * Math.cos(psi)] });
const angles = [0, 0.3, 0.9, 1.2, 1.5];

describe('the ball in the plane of y and g', () => {
  it.each(angles)('ψ = %s: lies on xᵀMx = a, and the loss is lowest on it along g', (psi) => {
    const certificate = at(psi);
    const shape = ball(certificate.metric ?? { psi, conditionNumber: Number.NaN });
    const dense = metric([0, 3], [2 * Math.sin(psi), 2 * Math.cos(psi)])?.dense() ?? [];
    const m = new Matrix(dense.map((row) => [...row])).div(3 / 2);
    const square = ({ u, v }: { u: number; v: number }): number =>
      m.get(0, 0) * u * u + 2 * m.get(0, 1) * u * v + m.get(1, 1) * v * v;
    for (const point of [...shape.metric, shape.natural]) expect(square(point)).toBeCloseTo(1, 9);
    const highest = Math.max(...shape.metric.map(({ v }) => v));
    expect(shape.natural.v).toBeGreaterThanOrEqual(highest - 1e-9);
    expect(highest).toBeGreaterThan(shape.natural.v - 0.02 * shape.reach);
    const smallest = Math.min(...new EigenvalueDecomposition(m, { assumeSymmetric: true }).realEigenvalues);
    expect(shape.reach).toBeCloseTo(1 / Math.sqrt(smallest), 8);
  });
});

describe('figures', () => {
  const run = Array.from({ length: 40 }, (_, k) => at(0.2 + 0.03 * k, k));
  const figures = [
    metricBall(run[9]?.metric ?? null),
    movingBall(run),
    spectrumAgainstPsi(run.map((each) => each.metric)),
    alphaDial(run[9]?.metric ?? null),
  ];

  it.each(figures.map((figure) => [figure.name, figure] as const))(
    '%s is drawn, wide and narrow',
    async (_, figure) => {
      const plotting = await loadPlotting();
      for (const width of [720, 340]) {
        const svg = figureSvg(figure, plotting, { width, standalone: true });
        expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
        expect(svg).toContain(`width="${String(width)}"`);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(svg.match(/<path/g)?.length ?? 0).toBeGreaterThan(2);
      }
      expect(figure.rows.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(figure.rows))).toEqual(figure.rows);
      expect([figure.caption, figure.alt].every((words) => words.length > 20 && !/NaN|undefined/.test(words))).toBe(
        true,
      );
    },
  );

  it("the run's steps lie on the curves", () => {
    const { rows } = figures[2] ?? { rows: [] };
    const steps = rows.filter((row) => row['source'] === 'step');
    expect(steps).toHaveLength(40);
    for (const row of steps) {
      const s = Math.sin((Number(row['psiDegrees']) * Math.PI) / 180);
      expect(Number(row['κ']) / ((1 + s) / (1 - s))).toBeCloseTo(1, 9);
    }
  });

  it('κ is least at the reported α', () => {
    const rows = (figures[3]?.rows ?? []).filter((row) => row['curve'] === 'κ');
    const least = rows.reduce((one, other) => (Number(other['value']) < Number(one['value']) ? other : one));
    expect(least['alphaOverOptimal']).toBeCloseTo(1, 9);
    expect(Number(least['value'])).toBeCloseTo(run[9]?.metric?.conditionNumber ?? Number.NaN, 9);
  });

  it('a run without a metric says what is missing', async () => {
    const plotting = await loadPlotting();
    for (const figure of [metricBall(null), movingBall([{ step: 0, metric: null }]), alphaDial(null)]) {
      expect(figure.missing).toMatch(/No step has a metric/);
      expect(figureSvg(figure, plotting)).toContain('No step has a metric');
    }
    expect(figureSvg(spectrumAgainstPsi([]), plotting)).toContain('<path');
  });

  it('ψ next to 90° draws nothing that is not finite', async () => {
    const plotting = await loadPlotting();
    const edge = at(Math.PI / 2 - 1e-9).metric;
    for (const figure of [
      metricBall(edge),
      alphaDial(edge),
      spectrumAgainstPsi([edge]),
      movingBall([{ step: 0, metric: edge }]),
    ])
      expect(figureSvg(figure, plotting)).not.toMatch(/NaN|Infinity/);
  });
});
