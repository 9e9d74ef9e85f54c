import { angle } from '../../../src/geometry/angle.js';
import { metric } from '../../../src/geometry/metric.js';
import { spectrum } from '../../../src/geometry/spectrum.js';
import { gram } from '../../../src/linalg/gram.js';
import { Findings } from './compare.js';

export interface MetricCase {
  dim: number;
  kind: string;
  y: number[];
  g: number[];
  v: number[];
  psi: number;
  family: {
    alphaOverOptimal: number;
    alpha: number;
    eigenvalues: number[];
    conditionNumber: number;
    apply: number[];
    solve: number[];
    logDet: number;
    residual: number;
  }[];
}

/** The family's spectra, products and determinants from five numbers against dense matrices. */
export function checkMetric(cases: readonly MetricCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const numbers = gram(one.y, one.g);
    const at = `cases[${i}]`;
    found.is(`${at}.dim`, one.dim, numbers.dimension);
    found.close(`${at}.psi`, one.psi, angle(numbers)?.psi ?? Number.NaN, 1e-10);
    const best = spectrum(numbers);
    one.family.forEach((row, j) => {
      const path = `${at}.family[${j}]`;
      const got = spectrum(numbers, row.alpha);
      const operator = metric(one.y, one.g, row.alpha);
      if (!got || !operator || !best) {
        found.problems.push(`${path}: expected a metric, got none`);
        return;
      }
      // Dense eigensolvers and solvers are good to a rounding of the largest eigenvalue.
      const dense = 1e-11 + 4e-15 * got.conditionNumber;
      found.close(`${path}.alpha`, row.alpha, row.alphaOverOptimal * best.alpha, 1e-11);
      const middle = Array.from({ length: one.dim - 2 }, () => row.alpha);
      const wanted = [got.eigenvalueMin, ...middle, got.eigenvalueMax];
      found.is(`${path}.eigenvalues.length`, row.eigenvalues.length, wanted.length);
      row.eigenvalues.forEach((eigenvalue, k) => {
        found.close(`${path}.eigenvalues[${k}]`, eigenvalue, wanted[k] ?? Number.NaN, dense);
      });
      if (row.alphaOverOptimal === 1) {
        found.close(`${path}.eigenvalues[0]`, row.eigenvalues[0] as number, best.eigenvalueMin, dense);
        found.close(`${path}.conditionNumber`, row.conditionNumber, best.conditionNumber, dense);
      }
      found.close(`${path}.conditionNumber`, row.conditionNumber, got.conditionNumber, dense);
      found.close(`${path}.logDet`, row.logDet, got.logDet, 1e-9 + dense, Math.max(1, Math.abs(row.logDet)));
      found.vectors(`${path}.apply`, row.apply, operator.apply(one.v), 1e-9);
      found.vectors(`${path}.solve`, row.solve, operator.solve(one.v), dense);
      if (!(row.residual >= 0 && row.residual < 1e-9))
        found.problems.push(`${path}.residual: expected rounding, got ${row.residual}`);
    });
  });
  return found.problems;
}
