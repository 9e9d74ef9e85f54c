import type { Alert } from './alert.js';

/** What an action may do to the training under way. */
export interface ActionContext {
  readonly learningRate: number | null;
  setLearningRate(rate: number): void;
  /** `model.stopTraining`: `fit` ends with this batch. Without a model nothing happens. */
  stopTraining(): void;
}

/** Something done with every alert; none is done unless asked for. */
export type AlertAction = (alert: Alert, context: ActionContext) => void;

/** Only alerts of these rules; all where left out. */
type Of = readonly string[] | undefined;
const concerns = (alert: Alert, rules: Of): boolean => rules === undefined || rules.includes(alert.rule);

/** Writes one line for each alert. @param log @default console.warn */
export const logAlert =
  (log: (line: string) => void = console.warn): AlertAction =>
  (alert) => {
    log(`[${alert.level}] step ${String(alert.step)}: ${alert.message}`);
  };

/** Ends the training at an alert of these rules. @param rules @default all */
export const stopTraining =
  (rules?: readonly string[]): AlertAction =>
  (alert, context) => {
    if (concerns(alert, rules)) context.stopTraining();
  };

/**
 * Multiplies the learning rate by `factor` at an alert of these rules.
 *
 * @param rules @default ['overshoot', 'step-size']
 * @throws RangeError unless `factor` is in (0, ∞)
 */
export function scaleLearningRate(factor: number, rules: readonly string[] = ['overshoot', 'step-size']): AlertAction {
  if (!(factor > 0 && Number.isFinite(factor))) {
    throw new RangeError(
      `scaleLearningRate: expected \`factor\` to be a finite number > 0, got ${String(factor)} (${typeof factor})`,
    );
  }
  return (alert, context) => {
    if (concerns(alert, rules) && context.learningRate !== null) context.setLearningRate(context.learningRate * factor);
  };
}
