import type { Alert } from '../alert.js';
import { figure } from '../persistent.js';
import type { AlertRule } from '../rule.js';

interface State {
  readonly seen: number;
  readonly mean: number;
  readonly variance: number;
  readonly restUntil: number;
}
const rate = 0.05;

/**
 * The loss leaps far above its running mean.
 *
 * @param deviations standard deviations it has to leap. @default 6
 * @param warmUp steps before which nothing is raised. @default 20
 */
export function lossSpike(deviations = 6, warmUp = 20): AlertRule {
  if (!(deviations > 0))
    throw new RangeError(
      `loss-spike: expected \`deviations\` to be a number > 0, got ${String(deviations)} (${typeof deviations})`,
    );
  const rule: AlertRule<State> = {
    name: 'loss-spike',
    init: () => ({ seen: 0, mean: 0, variance: 0, restUntil: 0 }),
    update(state, certificate) {
      const loss = certificate.lossBefore;
      if (loss === null) return [state, null];
      const seen = state.seen + 1;
      if (seen === 1) return [{ ...state, seen, mean: loss }, null];
      const away = loss - state.mean;
      const limit = Math.max(deviations * Math.sqrt(state.variance), 0.2 * Math.abs(state.mean));
      const spike = seen > warmUp && seen > state.restUntil && away > limit;
      const next: State = {
        seen,
        mean: state.mean + rate * away,
        variance: (1 - rate) * (state.variance + rate * away * away),
        restUntil: spike ? seen + warmUp : state.restUntil,
      };
      const alert: Alert | null = spike
        ? {
            kind: 'alert',
            version: 1,
            step: certificate.step,
            rule: 'loss-spike',
            level: 'warn',
            title: 'The loss leapt',
            message: `at step ${String(certificate.step)} the loss is ${figure(loss)}, where ${figure(state.mean)} was usual: look at the batch and at the step before.`,
            evidence: { loss, mean: state.mean, limit },
          }
        : null;
      return [next, alert];
    },
  };
  return rule;
}
