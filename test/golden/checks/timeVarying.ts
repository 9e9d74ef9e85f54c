import { splitLoss } from '../../../src/certificates/splitLoss.js';
import { angle } from '../../../src/geometry/angle.js';
import { extendedGram } from '../../../src/geometry/extendedGram.js';
import { spectrum } from '../../../src/geometry/spectrum.js';
import { gram } from '../../../src/linalg/gram.js';
import { dot, Findings, plus } from './compare.js';

export interface TimeVaryingCase {
  theta: number[];
  eta: number;
  y: number[];
  g: number[];
  lossRate: number;
  lossBefore: number;
  lossSameBatch: number;
  lossAfter: number;
  alignment: number;
  extendedAlignment: number;
  psi?: number;
  conditionNumber?: number;
}

const nan = Number.NaN;

/** A target that drifts: the extended state, and what of the change of the loss the step made. */
export function checkTimeVarying(cases: readonly TimeVaryingCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const at = `cases[${i}]`;
    const { y, g, eta, lossRate } = one;
    // L = ½‖θ − target‖² at t = 0, so y = target − θ; after the step the same target is y − ηg away.
    const rest = plus(y, -eta, g);
    found.close(`${at}.lossBefore`, one.lossBefore, dot(y, y) / 2, 1e-9);
    found.close(`${at}.lossSameBatch`, one.lossSameBatch, dot(rest, rest) / 2, 1e-9);
    found.close(`${at}.alignment`, one.alignment, dot(y, g), 1e-9);
    const extended = extendedGram(gram(y, g), lossRate, eta);
    found.close(`${at}.extendedAlignment`, one.extendedAlignment, extended.yg, 1e-8);
    const aligned = one.extendedAlignment > 0;
    found.is(`${at}.psi`, aligned, one.psi !== undefined);
    if (aligned) {
      found.close(`${at}.psi`, one.psi ?? nan, angle(extended)?.psi ?? nan, 1e-7);
      found.close(
        `${at}.conditionNumber`,
        one.conditionNumber ?? nan,
        spectrum(extended)?.conditionNumber ?? nan,
        1e-5,
      );
    }
    const split = splitLoss(one.lossBefore, one.lossSameBatch, one.lossAfter);
    found.close(
      `${at}.split`,
      split.total,
      split.byStep + split.byChange,
      1e-12,
      Math.abs(split.byStep) + Math.abs(split.byChange),
    );
    found.close(
      `${at}.split.byStep`,
      split.byStep,
      (eta * eta * dot(g, g)) / 2 - eta * dot(y, g),
      1e-6,
      Math.abs(eta * dot(y, g)) + Math.abs(split.byStep),
    );
  });
  return found.problems;
}
