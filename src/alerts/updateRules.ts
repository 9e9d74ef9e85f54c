import type { Certificate } from '../certificates/certificate.js';
import type { Alert } from './alert.js';
import type { AlertRule } from './rule.js';

/** Is told that a rule threw. */
export type RuleFault = (rule: string, fault: unknown) => void;

/** All rules' states, and the alerts of the latest certificate. */
export interface RulesState {
  readonly rules: readonly { readonly rule: AlertRule; readonly state: unknown }[];
  readonly alerts: readonly Alert[];
}

export const startRules = (rules: readonly AlertRule[]): RulesState => ({
  rules: rules.map((rule) => ({ rule, state: rule.init() })),
  alerts: [],
});

/** Shows every rule the next certificate. A rule that throws is left out from then on. */
export function updateRules({ rules }: RulesState, certificate: Certificate, onFault: RuleFault): RulesState {
  const alerts: Alert[] = [];
  const next: { rule: AlertRule; state: unknown }[] = [];
  for (const { rule, state } of rules) {
    try {
      const [updated, alert] = rule.update(state, certificate);
      if (alert) alerts.push(alert);
      next.push({ rule, state: updated });
    } catch (fault) {
      onFault(rule.name, fault);
    }
  }
  return { rules: next, alerts };
}
