import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { certify } from '../../../src/certificates/certify.js';
import { externalStep } from '../../../src/cli/externalStep.js';
import { angle } from '../../../src/geometry/angle.js';
import { answered, known } from '../../oracles/answered.js';
import { projected, projectedGram } from '../../../src/geometry/discreteGradients/projected.js';
import type { Segment } from '../../../src/geometry/discreteGradients/segment.js';
import { taylor } from '../../../src/geometry/discreteGradients/taylor.js';
import { metric } from '../../../src/geometry/metric.js';
import { shiftedEigenvalue } from '../../../src/geometry/shiftedEigenvalue.js';
import { gram } from '../../../src/linalg/gram.js';
import { rosenbrock, rosenbrockGradient, rosenbrockHessian } from '../../oracles/rosenbrock.js';
import { dot, Findings, plus } from './compare.js';

export interface DiscreteCase {
  kind: string;
  theta: number[];
  g: number[];
  eta: number;
  lossBefore: number;
  lossAfter: number;
  y: number[];
  alignment: number;
  taylorPoint: number;
  discreteY: number[];
  hessian: number[][];
  hessianMin: number;
  psiDiscrete: number;
  projectedY: number[];
  psiProjected?: number;
  shiftedEigenvalueProjected?: number;
  exactNaturalGradient: boolean;
  etaMaxOptimal?: number;
  etaMaxSupremum?: number;
  shiftedEigenvalueOptimal?: number;
}

const smallest = (matrix: Matrix): number =>
  Math.min(...new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues);

const nan = Number.NaN;

/** Discrete steps on Rosenbrock's function: every number of a case, from θ, g and η alone. */
export function checkDiscrete(cases: readonly DiscreteCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const { theta, g, eta } = one;
    const after = plus(theta, eta, g);
    const y = rosenbrockGradient(theta).map((each) => -each);
    const change = rosenbrock(after) - rosenbrock(theta);
    const hessian = rosenbrockHessian(plus(theta, one.taylorPoint * eta, g));
    const product = hessian.map((row) => dot(row, g));
    found.close(`${at}.lossBefore`, one.lossBefore, rosenbrock(theta), 1e-10);
    found.close(`${at}.lossAfter`, one.lossAfter, rosenbrock(after), 1e-9);
    found.vectors(`${at}.y`, one.y, y, 1e-10);
    found.close(`${at}.alignment`, one.alignment, dot(y, g), 1e-8);
    hessian.forEach((row, k) => {
      found.vectors(`${at}.hessian[${k}]`, one.hessian[k] ?? [], row, 1e-9);
    });
    // The point is where the curvature along the step explains the change of the loss.
    const curvature = (2 * (change + eta * dot(y, g))) / eta ** 2;
    const size = Math.max(...product.map(Math.abs), Math.abs(curvature));
    found.close(`${at}.taylorPoint`, curvature, dot(product, g), 1e-6, size);
    if (!(one.taylorPoint >= 0 && one.taylorPoint <= 1))
      found.problems.push(`${at}.taylorPoint: expected [0, 1], got ${one.taylorPoint}`);
    const discrete = plus(y, -eta / 2, product);
    found.vectors(`${at}.discreteY`, one.discreteY, discrete, 1e-8);
    const searched = answered(taylor(segmentOf(theta, y, g, eta, change)));
    // Where the curvature hardly changes along a short step, the rounding of ΔL moves the point: by as much as it is worth at this slope.
    const curvatureAt = (s: number): number =>
      dot(
        rosenbrockHessian(plus(theta, s * eta, g)).map((row) => dot(row, g)),
        g,
      );
    const slope = Math.abs(curvatureAt(one.taylorPoint + 1e-3) - curvatureAt(one.taylorPoint - 1e-3)) / 2e-3;
    const rounding = (2 ** -50 * (Math.abs(one.lossBefore) + eta * Math.abs(dot(y, g)))) / eta ** 2;
    found.close(
      `${at}.taylorPoint, searched`,
      one.taylorPoint,
      ('point' in searched && searched.point) || nan,
      1e-5 + rounding / slope,
      1,
    );
    found.vectors(`${at}.discreteY, searched`, one.discreteY, searched.vector ?? [], 1e-6);
    found.close(`${at}.psiDiscrete`, one.psiDiscrete, angle(gram(discrete, g))?.psi ?? nan, 1e-8);
    found.vectors(`${at}.projectedY`, one.projectedY, projected(y, g, change, eta), 1e-8);

    const certificate = certify(
      externalStep({ y: one.y, g, eta, lossBefore: one.lossBefore, lossAfter: one.lossAfter, hessian: one.hessian }, i),
    );
    found.close(`${at}.hessianMin`, one.hessianMin, certificate.stepSize.hessianMin ?? nan, 1e-8);
    found.is(`${at}.effective`, change < 0, certificate.effective.state === 'holds');
    found.is(`${at}.alignment`, one.alignment > 0, certificate.alignment.state === 'holds');
    // Aligned and effective is the exact condition, whatever the Hessian.
    const exact = certificate.alignment.state === 'holds' && certificate.effective.state === 'holds';
    found.is(`${at}.exactNaturalGradient`, one.exactNaturalGradient, exact);
    found.is(`${at}.kind`, true, kindAgrees(one, change));
    if (change < 0) checkFalling(found, at, one, y, change);
    if (
      one.etaMaxSupremum !== undefined ||
      one.etaMaxOptimal !== undefined ||
      one.shiftedEigenvalueOptimal !== undefined
    ) {
      found.close(`${at}.etaMaxOptimal`, one.etaMaxOptimal ?? nan, certificate.stepSize.etaMaxOptimal ?? nan, 1e-6);
      found.close(`${at}.etaMaxSupremum`, one.etaMaxSupremum ?? nan, certificate.stepSize.etaMaxSupremum ?? nan, 1e-6);
      found.is(`${at}.stepSize`, eta < (one.etaMaxSupremum ?? nan) ? 'holds' : 'fails', certificate.stepSize.state);
      const shifted = Matrix.add(
        new Matrix((metric(discrete, g)?.dense() ?? []).map((row) => [...row])),
        Matrix.mul(new Matrix(hessian), eta / 2),
      );
      found.close(
        `${at}.shiftedEigenvalueOptimal`,
        one.shiftedEigenvalueOptimal ?? nan,
        smallest(shifted),
        1e-6,
        Math.max(1e-3, Math.abs(one.shiftedEigenvalueOptimal ?? nan)),
      );
    }
  });
  return found.problems;
}

/** The step as the library's discrete gradients are asked about it. */
function segmentOf(theta: number[], y: number[], g: number[], eta: number, change: number): Segment<never, never> {
  const at = (s: number): number[] => plus(theta, s * eta, g);
  return {
    y: Float64Array.from(y),
    g: Float64Array.from(g),
    eta,
    change,
    yAt: (s) => known(Float64Array.from(rosenbrockGradient(at(s)), (each) => -each)),
    curvatureAt: (s) => known(Float64Array.from(rosenbrockHessian(at(s)), (row) => dot(row, g))),
    lossAfter: (count) => known(rosenbrock(theta.map((each, i) => (i < count ? (at(1)[i] as number) : each)))),
  };
}

function checkFalling(found: Findings, at: string, one: DiscreteCase, y: number[], change: number): void {
  const { g, eta } = one;
  const between = angle(projectedGram(gram(y, g), change, eta));
  found.close(`${at}.psiProjected`, one.psiProjected ?? nan, between?.psi ?? nan, 1e-8);
  const vector = projected(y, g, change, eta);
  const excess = (change + eta * dot(y, g)) / (eta * dot(g, g));
  const rankOne = new Matrix(g.map((a) => g.map((b) => (excess * a * b) / dot(g, g))));
  const shifted = new Matrix((metric(vector, g)?.dense() ?? []).map((row) => [...row])).add(rankOne);
  const wanted = one.shiftedEigenvalueProjected ?? nan;
  const size = Math.max(1e-3, Math.abs(wanted));
  found.close(`${at}.shiftedEigenvalueProjected`, wanted, smallest(shifted), 1e-6, size);
  const free = shiftedEigenvalue(gram(y, one.g), change, one.eta) ?? nan;
  found.close(`${at}.shiftedEigenvalueProjected, from four numbers`, wanted, free, 1e-6, size);
}

function kindAgrees(one: DiscreteCase, change: number): boolean {
  if (change >= 0) return one.kind === 'increasing';
  if (one.hessianMin >= 0) return one.kind === 'convex';
  if (one.alignment <= 0) return one.kind === 'decreasing-but-misaligned';
  const { eta, etaMaxOptimal = nan, etaMaxSupremum = nan } = one;
  return (
    one.kind ===
    (eta < etaMaxOptimal ? 'below-optimal-bound' : eta < etaMaxSupremum ? 'between-bounds' : 'above-bounds')
  );
}
