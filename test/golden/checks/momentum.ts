import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { heavyBallEnergy, isEnergyGuaranteed } from '../../../src/geometry/heavyBallEnergy.js';
import { dot, Findings, plus } from './compare.js';

export interface MomentumCase {
  regime: string;
  mu: number;
  eta: number;
  mass: number;
  hessian: number[][];
  curvatureMax: number;
  guaranteed: boolean;
  steps: {
    theta: number[];
    velocity: number[];
    y: number[];
    loss: number;
    lossAfter: number;
    energyChange: number;
  }[];
}

/** Heavy ball on a quadratic, every step from the one before, and its energy. */
export function checkMomentum(cases: readonly MomentumCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const { hessian, mu, eta } = one;
    const curvatures = new EigenvalueDecomposition(new Matrix(hessian)).realEigenvalues;
    found.close(`${at}.curvatureMax`, one.curvatureMax, Math.max(...curvatures), 1e-9);
    found.vectors(`${at}.hessian`, hessian.flat(), new Matrix(hessian).transpose().to1DArray(), 1e-12);
    found.is(`${at}.guaranteed`, one.guaranteed, isEnergyGuaranteed(mu, eta, one.curvatureMax));
    const times = (v: readonly number[]): number[] => hessian.map((row) => dot(row, v));
    const loss = (v: readonly number[]): number => dot(v, times(v)) / 2;
    const first = one.steps[0];
    let [theta, velocity] = [first?.theta ?? [], (first?.theta ?? []).map(() => 0)];
    let mass = 0;
    one.steps.forEach((step, k) => {
      const path = `${at}.steps[${k}]`;
      const y = times(theta).map((each) => -each);
      const next = plus(
        velocity.map((each) => mu * each),
        eta,
        y,
      );
      const after = plus(theta, 1, next);
      found.vectors(`${path}.theta`, step.theta, theta, 1e-8);
      if (k > 0) found.vectors(`${path}.velocity`, step.velocity, velocity, 1e-8);
      else found.is(`${path}.velocity`, 0, Math.hypot(...step.velocity));
      found.vectors(`${path}.y`, step.y, y, 1e-8);
      found.close(`${path}.loss`, step.loss, loss(theta), 1e-8);
      found.close(`${path}.lossAfter`, step.lossAfter, loss(after), 1e-8);
      const energy = heavyBallEnergy(
        { before: loss(theta), after: loss(after) },
        { before: dot(velocity, velocity), after: dot(next, next) },
        mu,
        eta,
      );
      ({ mass } = energy);
      const change = energy.after - energy.before;
      found.close(
        `${path}.energyChange`,
        step.energyChange,
        change,
        1e-8,
        Math.max(Math.abs(change), 1e-6 * energy.before),
      );
      if (one.regime === 'energy-falls') found.is(`${path}.energyChange falls`, true, change < 0);
      [theta, velocity] = [after, next];
    });
    found.close(`${at}.mass`, one.mass, mass, 1e-12);
    const grows = loss(theta) > loss(first?.theta ?? []);
    if (one.regime === 'diverging') found.is(`${at}.regime`, true, grows && !one.guaranteed);
    else found.is(`${at}.regime`, one.regime === 'energy-falls', one.guaranteed);
  });
  return found.problems;
}
