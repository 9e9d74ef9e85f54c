import { filter, mergeMap, type OperatorFunction, pipe, scan } from 'rxjs';
import type { Alert } from '../alerts/alert.js';
import type { AlertRule } from '../alerts/rule.js';
import { type RuleFault, startRules, updateRules } from '../alerts/updateRules.js';
import type { Certificate } from '../certificates/certificate.js';

/**
 * Lifts alert rules: every alert they raise, in step order. A rule that throws is asked no more; the stream goes on.
 *
 * @param onFault is told which rule threw what. @default nobody
 */
export const alertOn = (
  rules: readonly AlertRule[],
  { onFault = () => undefined }: { readonly onFault?: RuleFault } = {},
): OperatorFunction<Certificate, Alert> =>
  pipe(
    scan((state, certificate: Certificate) => updateRules(state, certificate, onFault), startRules(rules)),
    // Most certificates raise none, and an inner stream for each would cost as much as the rules.
    filter(({ alerts }) => alerts.length > 0),
    mergeMap(({ alerts }) => alerts),
  );
