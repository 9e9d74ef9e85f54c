import { Matrix } from 'ml-matrix';
import { solveLyapunov } from '../../../examples/linear-system/lyapunov.mjs';
import { trajectory } from '../../../examples/linear-system/trajectory.mjs';
import { certifyFlow } from '../../../src/certificates/certifyFlow.js';
import { metric } from '../../../src/geometry/metric.js';
import { dot, Findings } from './compare.js';

export interface LtiCase {
  A: number[][];
  P: number[][];
  times: number[];
  states: {
    x: number[];
    lyapunov: number;
    y: number[];
    g: number[];
    psi: number;
    eigenvalues: number[];
    recovered: number[];
  }[];
}

const times = (matrix: number[][], vector: number[]): number[] =>
  new Matrix(matrix).mmul(Matrix.columnVector(vector)).to1DArray();

/** Lyapunov's equation, the trajectory, and the certificate and metric at each of its states, all from `A` and the start. */
export function checkLti(cases: readonly LtiCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const size = one.A.length;
    const p = solveLyapunov(one.A, Matrix.eye(size).to2DArray());
    found.vectors(`${at}.P`, one.P.flat(), p.flat(), 1e-9);
    found.is(`${at}.times.length`, one.times.length, one.states.length);
    const path = trajectory(one.A, one.states[0]?.x ?? [], one.times);
    one.states.forEach((state, k) => {
      const here = `${at}.states[${k}]`;
      const { x, y, g } = state;
      found.vectors(`${here}.x, from the start`, x, path[k] ?? [], 1e-6);
      found.close(`${here}.lyapunov`, state.lyapunov, dot(x, times(p, x)), 1e-9);
      found.vectors(
        `${here}.y`,
        y,
        times(p, x).map((each) => -2 * each),
        1e-9,
      );
      found.vectors(`${here}.g`, g, times(one.A, x), 1e-11);

      const certificate = certifyFlow({
        state: x,
        velocity: (at) => times(one.A, [...at]),
        gradient: (at) => times(p, [...at]).map((each) => 2 * each),
        potential: (at) => dot(at, times(p, [...at])),
        time: one.times[k] as number,
      });
      found.is(`${here}: verdict`, 'natural-gradient', certificate.verdict);
      found.close(`${here}.lyapunov, as certified`, state.lyapunov, certificate.lossBefore ?? Number.NaN, 1e-9);
      // V falls at the rate xᵀQx, and Q = I.
      found.close(`${here}: rate`, dot(x, x), certificate.rate ?? Number.NaN, 1e-8);
      const got = certificate.metric;
      const operator = metric(y, g);
      if (got === null || operator === null) {
        found.problems.push(`${here}: expected a metric, got none`);
        return;
      }
      // Dense eigensolvers and solvers are good to a rounding of the largest eigenvalue; P itself to 1e-12.
      const dense = 1e-9 + 1e-13 * got.conditionNumber;
      found.close(`${here}.psi`, state.psi, got.psi, 1e-9);
      const middle = Array.from({ length: size - 2 }, () => got.alpha);
      const wanted = [got.eigenvalueMin, ...middle, got.eigenvalueMax];
      found.is(`${here}.eigenvalues.length`, state.eigenvalues.length, wanted.length);
      state.eigenvalues.forEach((eigenvalue, j) => {
        found.close(`${here}.eigenvalues[${j}]`, eigenvalue, wanted[j] ?? Number.NaN, dense);
      });
      found.vectors(`${here}.recovered`, state.recovered, operator.solve(y), dense);
      found.vectors(`${here}.recovered, as A x`, state.recovered, g, dense);
    });
  });
  return found.problems;
}
