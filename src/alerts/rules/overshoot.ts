import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

/** The direction descends and the loss rose: the step is too long. @param persistence @default 2 of 4 measured steps */
export const overshoot = (persistence: Persistence = { alarms: 2, of: 4 }): AlertRule =>
  persistent({
    name: 'overshoot',
    persistence,
    signal: ({ verdict, effective }) =>
      verdict === 'overshoot' ? 'alarm' : effective.state === 'holds' ? 'clear' : 'silent',
    words: ({ step, effective, learningRate }, alarms) => ({
      level: 'warn',
      title: 'The step is too long',
      message: `at step ${String(step)} the loss rose by ${figure(effective.value === null ? null : -effective.value)} although the direction descends, as at ${String(alarms)} of the last measured steps: the step is too long. Try a smaller learning rate than ${figure(learningRate)}.`,
      evidence: { decrease: effective.value, tolerance: effective.tolerance, learningRate, alarms },
    }),
  });
