import { heavyBallEnergy, isEnergyGuaranteed } from '../geometry/heavyBallEnergy.js';
import type { Condition, EnergyCondition } from './certificate.js';
import { condition, finite } from './condition.js';
import { lossTolerance } from './effective.js';
import type { InertiaRecord, StepRecord } from './stepRecord.js';

/**
 * Did the energy fall: `E_t − E_{t+1} > 0`, `E = L + (m/2)‖v‖²` with `m = μ/η` for heavy ball, or the user's own (THEORY, section 5)?
 * The discrete form only: the infinitesimal one is positive at every step even of a diverging run. `null`: this rule has none and
 * nobody asked. O(1).
 */
export function energyCondition(record: StepRecord): EnergyCondition | null {
  const { energy, inertia } = record;
  if (energy !== undefined) return { ...ownEnergy(energy, record), mass: null, guaranteed: null };
  if (inertia === undefined) return null;
  if (inertia.rule !== 'heavy-ball') {
    const reason =
      inertia.rule === 'nesterov'
        ? 'the loss of Nesterov is not measured where its velocity acts: it is certified by windows'
        : `no energy is known for ${inertia.name}: it is certified by windows, or by an energy of your own`;
    return { ...condition('unresolved', null, null, reason), mass: null, guaranteed: null };
  }
  const { learningRate } = record;
  const { momentum } = inertia;
  const mass = momentum === null || learningRate === null ? null : finite(momentum / learningRate);
  if (mass === null || momentum === null || learningRate === null)
    return {
      ...condition('unresolved', null, null, 'the momentum or the learning rate is not known'),
      mass: null,
      guaranteed: null,
    };
  return {
    ...ballEnergy(record, inertia, momentum, learningRate),
    mass,
    guaranteed: guaranteed(record, momentum, learningRate),
  };
}

function ballEnergy(record: StepRecord, inertia: InertiaRecord, momentum: number, eta: number): Condition {
  const open = (reason: string): Condition => condition('unresolved', null, null, reason);
  const { gram, lossBefore, lossAfter, noise } = record;
  if (gram === null) return open('the step was not measured');
  if (inertia.velocitySquare === null)
    return open('the velocity that the step began with was not seen: it is known from the next step on');
  const obstacle = record.obstacles.find((each) => each.condition === 'effective');
  if (lossBefore === null || lossAfter === null || obstacle)
    return open(obstacle?.reason ?? 'the loss after the step was not measured');
  const before = inertia.velocitySquare;
  const after = velocitySquareAfter(record) ?? Number.NaN;
  const energy = heavyBallEnergy({ before: lossBefore, after: lossAfter }, { before, after }, momentum, eta);
  // First what nearly cancels.
  const value = finite(lossBefore - lossAfter + (energy.mass / 2) * (before - after));
  const losses = lossTolerance(record);
  if (value === null || losses === null) return open('the energy, or its rounding error, leaves the range of float64');
  const lengths = Math.sqrt(before) + Math.sqrt(after);
  const rounding =
    noise === null
      ? 2 ** -51 * (energy.mass / 2) * (before + after)
      : 4 * energy.mass * eta * noise.roundingNorm * (lengths + eta * noise.roundingNorm) +
        2 ** -22 * energy.mass * (before + after);
  return decided(value, losses + rounding, inertia.anew === true ? ' (with another η or μ it starts anew here)' : '');
}

/** `‖v_{t+1}‖² = ‖Δθ_t‖² = η² ‖g_t‖²`; `null` where the step was not measured. */
export function velocitySquareAfter({ gram, learningRate }: Pick<StepRecord, 'gram' | 'learningRate'>): number | null {
  if (gram === null) return null;
  const scale = (learningRate ?? 1) * 2 ** (gram.gExponent ?? 0);
  return finite(gram.gg * scale * scale);
}

/** `η Λ < 2(1 − μ)` with what is known of the largest eigenvalue of the Hessian at θ; `null`: it does not decide. */
function guaranteed({ curvature }: StepRecord, momentum: number, eta: number): boolean | null {
  if (curvature === null || (curvature.hessianOf ?? 'theta') !== 'theta') return null;
  const { hessianMax, hessianMaxUpper } = curvature;
  if (hessianMaxUpper != null && isEnergyGuaranteed(momentum, eta, hessianMaxUpper)) return true;
  return hessianMax != null && !isEnergyGuaranteed(momentum, eta, hessianMax) ? false : null;
}

/** An energy of one's own holds the loss, as a rule, and is no better known than it. */
function ownEnergy({ before, after, trouble }: NonNullable<StepRecord['energy']>, record: StepRecord): Condition {
  if (trouble !== null) return condition('unresolved', null, null, trouble);
  if (before === null || after === null)
    return condition('unresolved', null, null, 'your energy is not known on both sides of this step');
  const value = finite(before - after);
  if (value === null) return condition('unresolved', null, null, 'your energy leaves the range of float64');
  const floor = 2 ** -20 * Math.max(Math.abs(before), Math.abs(after));
  if (record.precision === 'float64') return decided(value, floor, '');
  const losses = lossTolerance(record);
  return losses === null
    ? condition(
        'unresolved',
        value,
        null,
        'the rounding error of the loss is not known here: it is where `effective` is measured',
      )
    : decided(value, floor + losses, '');
}

function decided(value: number, tolerance: number, note: string): Condition {
  if (value > tolerance) return condition('holds', value, tolerance, `the energy fell${note}`);
  if (value < -tolerance) return condition('fails', value, tolerance, `the energy rose${note}`);
  return condition('unresolved', value, tolerance, `the change of the energy is within its rounding error${note}`);
}
