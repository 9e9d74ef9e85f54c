import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

/** The learning rate passes the sufficient bound of the canonical metric. @param persistence @default 1 of 1 measured steps */
export const stepSize = (persistence: Persistence = { coolDown: 200 }): AlertRule =>
  persistent({
    name: 'step-size',
    persistence,
    signal: ({ stepSize: { state } }) => (state === 'fails' ? 'alarm' : state === 'holds' ? 'clear' : 'silent'),
    words: ({ step, stepSize: { value, etaMaxSupremum, hessianMin, reason } }) => ({
      level: 'info',
      title: 'The rate passes the sufficient bound',
      message:
        etaMaxSupremum === null
          ? `at step ${String(step)} the loss did not fall with η = ${figure(value)}, so no bound of the rate is met (smallest curvature ${figure(hessianMin)}): the rate is too large for this step.`
          : `at step ${String(step)}: ${reason} (η = ${figure(value)}, sufficient below ${figure(etaMaxSupremum)}, smallest curvature ${figure(hessianMin)}). The bound is sufficient, not necessary: this step may be natural gradient descent all the same.`,
      evidence: { learningRate: value, etaMaxSupremum, hessianMin },
    }),
  });
