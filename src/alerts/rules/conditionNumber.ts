import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

/** κ of the best-conditioned metric is above a limit. @param limit clear again below half of it. @default 1e6 */
export function conditionNumber(
  limit = 1e6,
  persistence: Persistence = { alarms: 5, of: 10, coolDown: 200 },
): AlertRule {
  if (!(limit > 1))
    throw new RangeError(
      `condition-number: expected \`limit\` to be a number > 1, got ${String(limit)} (${typeof limit})`,
    );
  return persistent({
    name: 'condition-number',
    persistence,
    signal: ({ metric }) =>
      metric === null
        ? 'silent'
        : metric.conditionNumber > limit
          ? 'alarm'
          : metric.conditionNumber < limit / 2
            ? 'clear'
            : 'silent',
    words: ({ step, metric }) => ({
      level: 'info',
      title: 'Even the best metric is ill-conditioned',
      message: `at step ${String(step)} κ = ${figure(metric?.conditionNumber ?? null)}, above ${figure(limit)}: most of the update goes along directions the gradient does not ask for.`,
      evidence: { conditionNumber: metric?.conditionNumber ?? null, limit, psi: metric?.psi ?? null },
    }),
  });
}
