import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

const degrees = (radians: number): string => `${((radians * 180) / Math.PI).toFixed(1)}°`;

/**
 * ψ drifts to 90°, where the metric blows up and alignment is about to be lost: raised before it is.
 *
 * @param limit radians, clear again below 0.95 of it. @default 1.5 (86°)
 */
export function psiDrift(limit = 1.5, persistence: Persistence = { alarms: 5, of: 10, coolDown: 200 }): AlertRule {
  if (!(limit > 0 && limit < Math.PI / 2)) {
    throw new RangeError(
      `psi-drift: expected \`limit\` to be an angle in (0, π/2), got ${String(limit)} (${typeof limit})`,
    );
  }
  return persistent({
    name: 'psi-drift',
    persistence,
    signal: ({ metric }) =>
      metric === null ? 'silent' : metric.psi > limit ? 'alarm' : metric.psi < 0.95 * limit ? 'clear' : 'silent',
    words: ({ step, metric }, alarms) => ({
      level: 'warn',
      title: 'ψ drifts to 90°',
      message: `at step ${String(step)} the update lies ${degrees(metric?.psi ?? 0)} from the negative gradient, above ${degrees(limit)} at ${String(alarms)} of the last steps: the metric's condition number is ${figure(metric?.conditionNumber ?? null)} and alignment is about to be lost.`,
      evidence: { psi: metric?.psi ?? null, limit, conditionNumber: metric?.conditionNumber ?? null, alarms },
    }),
  });
}
