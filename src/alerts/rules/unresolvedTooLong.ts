import { persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

/** Nothing could be said for long. @param persistence @default 90 of 100 steps */
export const unresolvedTooLong = (persistence: Persistence = { alarms: 90, of: 100, coolDown: 1000 }): AlertRule =>
  persistent({
    name: 'unresolved-too-long',
    persistence,
    signal: ({ verdict, alignment }) =>
      verdict !== 'unresolved' ? 'clear' : alignment.state === 'skipped' ? 'silent' : 'alarm',
    words: ({ step, alignment }, alarms) => ({
      level: 'info',
      title: 'Unresolved for long',
      message: `up to step ${String(step)}, ${String(alarms)} steps could not be decided: ${alignment.reason}.`,
      evidence: { reason: alignment.reason, alarms },
    }),
  });
