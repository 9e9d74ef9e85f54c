import type { Alert } from '../alert.js';
import { figure, persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

type States = Readonly<Record<string, unknown>>;

/**
 * One variable (a layer's kernel, say) climbs its own gradient while the whole step descends. One alert at a time, for the first
 * variable that gives cause. @param persistence @default 15 of 20 steps
 */
export function misalignedVariable(persistence: Persistence = { alarms: 15, of: 20, coolDown: 200 }): AlertRule {
  const ruleFor = (name: string, size: number): AlertRule =>
    persistent({
      name: 'misaligned-variable',
      persistence,
      signal: ({ variables, alignment }) => {
        const variable = variables.find((each) => each.name === name);
        if (!variable || alignment.state !== 'holds' || variable.psi === null) return 'silent';
        return variable.alignment < -(alignment.tolerance ?? 0) ? 'alarm' : 'clear';
      },
      words: ({ step, variables, alignment }, alarms) => {
        const share = variables.find((each) => each.name === name)?.alignment ?? null;
        return {
          level: 'warn',
          title: `${name} climbs its own gradient`,
          message: `"${name}" (${String(size)} numbers) moved against its own gradient at ${String(alarms)} of the last ${String(persistence.of ?? 1)} steps; at step ${String(step)} it gave ${figure(share)} of y·g = ${figure(alignment.value)}. The other variables pay for it: look at what updates this one.`,
          evidence: { variable: name, share, alignment: alignment.value, alarms },
        };
      },
    });
  // Options are checked now, not at the first step.
  ruleFor('', 0);
  const rules = new Map<string, AlertRule>();
  const rule: AlertRule<States> = {
    name: 'misaligned-variable',
    init: () => ({}),
    update(states, certificate) {
      let raised: Alert | null = null;
      const next: Record<string, unknown> = { ...states };
      for (const { name, size } of certificate.variables) {
        const own = rules.get(name) ?? ruleFor(name, size);
        rules.set(name, own);
        const [state, alert] = own.update(states[name] ?? own.init(), certificate);
        next[name] = state;
        raised ??= alert;
      }
      return [next, raised];
    },
  };
  return rule;
}
