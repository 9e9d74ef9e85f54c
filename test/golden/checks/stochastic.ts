import { advanceAverage, emptyAverage } from '../../../src/certificates/average.js';
import { certifyAverage } from '../../../src/certificates/certifyAverage.js';
import { shiftedSpectrum } from '../../../src/geometry/averageMetric.js';
import { answered, known } from '../../oracles/answered.js';
import { meanValue } from '../../../src/geometry/discreteGradients/meanValue.js';
import { metric } from '../../../src/geometry/metric.js';
import { rosenbrock, rosenbrockGradient, rosenbrockHessian } from '../../oracles/rosenbrock.js';
import { dot, Findings, plus } from './compare.js';

export interface StochasticCase {
  theta: number[];
  eta: number;
  y: number[];
  draws: number[][];
  hessianTimesDraws: number[][];
  lossBefore: number;
  lossAfter: number[];
  meanUpdate: number[];
  meanDiscreteY: number[];
  meanDecrease: number;
  alignment: number;
  discreteAlignment: number;
  effectiveOnAverage: boolean;
  discreteMetric: boolean;
  averageNaturalGradient: boolean;
  alpha?: number;
  shiftedEigenvalues?: number[];
  mapsMeanUpdateTo?: number[];
}

const nan = Number.NaN;

/** Three points of Gauss and Legendre on [0, 1]: exact for the Hessian of a polynomial of degree four. */
const nodes = [
  [0.5 - Math.sqrt(0.15), 5 / 18],
  [0.5, 4 / 9],
  [0.5 + Math.sqrt(0.15), 5 / 18],
] as const;

/** `H̄ g`, `H̄ = 2 ∫₀¹ (1 − s) H(θ + s η g) ds`. */
const curvatureTimes = (theta: readonly number[], eta: number, g: readonly number[]): number[] =>
  nodes
    .map(([s, weight]) => {
      const hessian = rosenbrockHessian(plus(theta, s * eta, g));
      return hessian.map((row) => 2 * weight * (1 - s) * dot(row, g));
    })
    .reduce((sum, term) => plus(sum, 1, term));

/** `(M + (η/2) S) ḡ`, `S` the least-norm symmetric matrix with `S ḡ = z`. */
function mapped(meanY: readonly number[], meanG: readonly number[], z: readonly number[], eta: number): number[] {
  const square = dot(meanG, meanG);
  const shift = z.map((zi, i) =>
    z.reduce((sum, zj, j) => {
      const [gi, gj] = [meanG[i] ?? nan, meanG[j] ?? nan];
      return sum + ((zi * gj + gi * zj) / square - (dot(z, meanG) * gi * gj) / square ** 2) * gj;
    }, 0),
  );
  return plus(Array.from(metric(meanY, meanG)?.apply(meanG) ?? []), eta / 2, shift);
}

/** Stochastic updates on Rosenbrock's function: every number of a case, from θ, η and the draws alone. */
export function checkStochastic(cases: readonly StochasticCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const { theta, eta, draws } = one;
    const y = rosenbrockGradient(theta).map((each) => -each);
    const lossBefore = rosenbrock(theta);
    found.close(`${at}.lossBefore`, one.lossBefore, lossBefore, 1e-10);
    found.vectors(`${at}.y`, one.y, y, 1e-10);
    found.is(`${at}.lossAfter.length`, one.lossAfter.length, draws.length);
    let state = emptyAverage(
      { y: one.y, lossBefore: one.lossBefore, learningRate: eta },
      { draws: draws.length, confidence: 0.95, stop: 'never' },
    );
    draws.forEach((g, k) => {
      const lossAfter = rosenbrock(plus(theta, eta, g));
      const product = curvatureTimes(theta, eta, g);
      found.close(`${at}.lossAfter[${k}]`, one.lossAfter[k] ?? nan, lossAfter, 1e-9);
      found.vectors(`${at}.hessianTimesDraws[${k}]`, one.hessianTimesDraws[k] ?? [], product, 1e-8);
      const discreteY = plus(one.y, -eta / 2, one.hessianTimesDraws[k] ?? []);
      // The mean gradient along the step is the same vector.
      const { vector } = answered(
        meanValue({
          y: Float64Array.from(y),
          g: Float64Array.from(g),
          eta,
          change: lossAfter - lossBefore,
          changeError: 0,
          yAt: (s) => known(Float64Array.from(rosenbrockGradient(plus(theta, s * eta, g)), (each) => -each)),
          curvatureAt: () => known(null),
          lossAfter: () => known(nan),
        }),
      );
      found.vectors(`${at}, mean-value[${k}]`, discreteY, vector, 1e-7);
      state = advanceAverage(state, { g, lossAfter: one.lossAfter[k] ?? nan, discreteY });
    });
    const meanG = Array.from(state.sumG, (sum) => sum / draws.length);
    const meanY = Array.from(state.sumY, (sum) => sum / draws.length);
    found.vectors(`${at}.meanUpdate`, one.meanUpdate, meanG, 1e-10);
    found.vectors(`${at}.meanDiscreteY`, one.meanDiscreteY, meanY, 1e-10);
    const certificate = certifyAverage(state);
    const answers = [
      ['effectiveOnAverage', one.meanDecrease, 'meanDecrease', one.lossBefore],
      ['discreteMetric', one.discreteAlignment, 'discreteAlignment', Math.hypot(...meanY) * Math.hypot(...meanG)],
      ['averageNaturalGradient', one.alignment, 'alignment', Math.hypot(...y) * Math.hypot(...meanG)],
    ] as const;
    for (const [question, wanted, name, scale] of answers) {
      const condition = certificate[question];
      const value = condition.value ?? nan;
      found.close(`${at}.${name}`, wanted, value, 1e-9, Math.max(Math.abs(wanted), 1e-4 * Math.abs(scale)));
      found.is(`${at}.${question}`, one[question], value > 0);
      if (condition.state === 'holds' || condition.state === 'fails')
        found.is(`${at}.${question}, claimed`, one[question], condition.state === 'holds');
      const [low, high] = condition.interval ?? [nan, nan];
      if (!(low <= value && value <= high)) found.problems.push(`${at}.${question}: interval ${low} … ${high}`);
    }
    const both = one.discreteMetric && one.averageNaturalGradient;
    found.is(`${at}.alpha, given`, both, one.alpha !== undefined);
    if (both) checkMetric(found, at, one, y);
  });
  return found.problems;
}

function checkMetric(found: Findings, at: string, one: StochasticCase, y: number[]): void {
  const { meanDiscreteY, meanUpdate, eta } = one;
  const shifted = shiftedSpectrum(meanDiscreteY, meanUpdate, one.y);
  found.close(`${at}.alpha`, one.alpha ?? nan, shifted?.alpha ?? nan, 1e-8);
  const rest = Array.from({ length: shifted?.multiplicity ?? 0 }, () => shifted?.alpha ?? nan);
  const eigenvalues = [...(shifted?.eigenvalues ?? []), ...rest].sort((a, b) => a - b);
  const wanted = one.shiftedEigenvalues ?? [];
  const size = Math.max(...wanted.map(Math.abs));
  found.is(`${at}.shiftedEigenvalues.length`, wanted.length, eigenvalues.length);
  wanted.forEach((value, k) => {
    found.close(
      `${at}.shiftedEigenvalues[${k}]`,
      value,
      eigenvalues[k] ?? nan,
      1e-7,
      Math.max(Math.abs(value), 1e-4 * size),
    );
  });
  found.close(
    `${at}.smallest`,
    Math.min(...wanted),
    shifted?.smallest ?? nan,
    1e-7,
    Math.max(Math.abs(wanted[0] ?? nan), 1e-4 * size),
  );
  const z = plus(one.y, -1, meanDiscreteY).map((each) => (2 * each) / eta);
  found.vectors(`${at}.mapsMeanUpdateTo`, one.mapsMeanUpdateTo ?? [], mapped(meanDiscreteY, meanUpdate, z, eta), 1e-7);
  found.vectors(`${at}.mapsMeanUpdateTo, y`, one.mapsMeanUpdateTo ?? [], y, 1e-7);
}
