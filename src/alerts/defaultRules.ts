import type { AlertRule } from './rule.js';
import { conditionNumber } from './rules/conditionNumber.js';
import { lossSpike } from './rules/lossSpike.js';
import { misalignedVariable } from './rules/misalignedVariable.js';
import { nonFinite } from './rules/nonFinite.js';
import { notNaturalGradient } from './rules/notNaturalGradient.js';
import { overshoot } from './rules/overshoot.js';
import { psiDrift } from './rules/psiDrift.js';
import { stepSize } from './rules/stepSize.js';
import { unresolvedTooLong } from './rules/unresolvedTooLong.js';

/** The rules a monitor watches by unless told otherwise. */
export const defaultRules = (): AlertRule[] => [
  nonFinite(),
  notNaturalGradient(),
  overshoot(),
  misalignedVariable(),
  psiDrift(),
  conditionNumber(),
  lossSpike(),
  stepSize(),
  unresolvedTooLong(),
];
