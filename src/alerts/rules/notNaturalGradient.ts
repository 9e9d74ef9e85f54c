import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

/** The update climbs the loss: `y·g < 0` and the loss was not seen to fall. @param persistence @default 3 of 5 steps */
export const notNaturalGradient = (persistence: Persistence = { alarms: 3, of: 5 }): AlertRule =>
  persistent({
    name: 'not-natural-gradient',
    persistence,
    signal: ({ verdict }) =>
      verdict === 'not-natural-gradient' ? 'alarm' : verdict === 'unresolved' ? 'silent' : 'clear',
    words: ({ step, alignment }, alarms) => ({
      level: 'error',
      title: 'Not natural gradient descent',
      message: `step ${String(step)} goes against its own gradient (y·g = ${figure(alignment.value)}), as did ${String(alarms)} of the last steps: in no metric is this descent. Look at the sign of the update, and at momentum that outlived its gradient.`,
      evidence: { alignment: alignment.value, tolerance: alignment.tolerance, alarms },
    }),
  });
