import type { Certificate } from '../certificates/certificate.js';
import type { Alert } from './alert.js';
import type { AlertRule } from './rule.js';

/** What a certificate says to one rule: cause for alarm, all clear, or nothing at all (the condition was not measured). */
export type Signal = 'alarm' | 'clear' | 'silent';

/** How much it takes to raise an alert, and how long it rests afterwards. */
export interface Persistence {
  /** Alarms among the last `of` certificates that spoke. @default 1 */
  readonly alarms?: number;
  /** @default 1 */
  readonly of?: number;
  /** Certificates before which nothing is raised. @default 0 */
  readonly warmUp?: number;
  /** Certificates for which it rests after an alert. @default 50 */
  readonly coolDown?: number;
}

interface State {
  readonly seen: number;
  /** The last signals, newest last. */
  readonly recent: readonly boolean[];
  /** Raised and not yet clear: hysteresis. */
  readonly raised: boolean;
  readonly restUntil: number;
}

/** The words of an alert; the rest is filled in. */
export type Words = Pick<Alert, 'level' | 'title' | 'message' | 'evidence'>;

export interface Persistent {
  readonly name: string;
  readonly signal: (certificate: Certificate) => Signal;
  readonly words: (certificate: Certificate, alarms: number) => Words;
  readonly persistence?: Persistence;
}

const defaults = { alarms: 1, of: 1, warmUp: 0, coolDown: 50 } as const;

function validated(name: string, given: Persistence): Required<Persistence> {
  const chosen = { ...defaults, ...given };
  for (const [option, value] of Object.entries(chosen)) {
    const least = option === 'alarms' || option === 'of' ? 1 : 0;
    if (!Number.isInteger(value) || value < least) {
      throw new TypeError(
        `${name}: expected option \`${option}\` to be an integer >= ${String(least)}, got ${String(value)} (${typeof value})`,
      );
    }
  }
  if (chosen.alarms > chosen.of) {
    throw new TypeError(
      `${name}: expected option \`alarms\` to be at most \`of\` (${String(chosen.of)}), got ${String(chosen.alarms)} (number)`,
    );
  }
  return chosen;
}

/**
 * A rule that raises an alert when `alarms` of the last `of` signals were alarms, and once more only after half as many would
 * not be (hysteresis) or the cool-down is over. Nothing is raised in the warm-up; silence neither raises nor clears.
 *
 * @throws TypeError that names the option
 */
export function persistent({ name, signal, words, persistence = {} }: Persistent): AlertRule<State> {
  const { alarms, of, warmUp, coolDown } = validated(name, persistence);
  return {
    name,
    init: () => ({ seen: 0, recent: [], raised: false, restUntil: 0 }),
    update(state, certificate) {
      const seen = state.seen + 1;
      const said = signal(certificate);
      const { restUntil } = state;
      if (said === 'silent') return [{ seen, recent: state.recent, raised: state.raised, restUntil }, null];
      const recent = lastOf(state.recent, said === 'alarm', of);
      const count = recent.filter(Boolean).length;
      const resting = seen <= restUntil;
      const raised = state.raised && count * 2 >= alarms && resting;
      if (count < alarms || raised || resting || seen <= warmUp) return [{ seen, recent, raised, restUntil }, null];
      const alert: Alert = {
        kind: 'alert',
        version: 1,
        step: certificate.step,
        rule: name,
        ...words(certificate, count),
      };
      return [{ seen, recent, raised: true, restUntil: seen + coolDown }, alert];
    },
  };
}

/** The last signals and one more, `of` at most: the very same ones while nothing else is said, which is most of the time. */
const lastOf = (recent: readonly boolean[], alarm: boolean, of: number): readonly boolean[] =>
  recent.length === of && !recent.includes(!alarm) ? recent : [...recent, alarm].slice(-of);

/** A number as a person reads it. */
export const figure = (value: number | null): string => (value === null ? 'unknown' : value.toPrecision(3));
