import * as tf from '@tensorflow/tfjs';
import { inputsHere, lossOf } from './arithmetic.js';
import type { MadeStep } from './measurable.js';
import { alias, Evaluation } from './evaluation.js';

/** A learning rule's step: `update()` changes `variables`, `loss` is the true measure of performance. */
export interface Observation {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  readonly update: () => void | Promise<void>;
  /** η of `Δθ = η g`. @default 1, so that `g = Δθ` */
  readonly learningRate?: number;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
  return `${String(value)} (${typeof value})`;
}

function validate(given: Observation): void {
  const { loss, variables, update, learningRate } = given as Partial<Observation>;
  const fail = (what: string, expected: string, got: unknown): never => {
    throw new TypeError(`observe: expected \`${what}\` to be ${expected}, got ${describe(got)}`);
  };
  if (typeof loss !== 'function') fail('loss', 'a function that returns a tf.Scalar', loss);
  if (typeof update !== 'function') fail('update', 'a function that changes the variables', update);
  if (!Array.isArray(variables) || variables.length === 0)
    return fail('variables', 'a list of at least one tf.Variable', variables);
  const stranger = variables.find((each) => !(each instanceof tf.Variable));
  if (stranger !== undefined) fail('variables', 'a list of tf.Variable only', stranger);
  const dead = variables.find((each) => each.isDisposed);
  if (dead) throw new TypeError(`observe: expected \`variables\` to be alive, got "${dead.name}" disposed`);
  if (new Set(variables).size !== variables.length) fail('variables', 'a list without repetitions', variables);
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate > 0)) {
    fail('learningRate', 'a finite number > 0', learningRate);
  }
}

/**
 * Runs one update of any learning rule and hands over what was made of it. The gradient of `loss` at θ is computed first (one
 * gradient); everything is disposed afterwards.
 *
 * @throws TypeError naming the field, before anything runs; whatever `loss` or `update` throw.
 */
export async function observeUpdate(given: Observation, onStep: (made: MadeStep) => void): Promise<void> {
  validate(given);
  const { loss, variables, update, learningRate } = given;
  const inputs = inputsHere();
  const evaluation = new Evaluation(loss, null, inputs && ((input) => inputs.substitute(input)));
  const { value, grads } = asTrainable(variables, () => tf.variableGrads(evaluation.first, variables));
  const before = variables.map(alias);
  try {
    const lossBefore = lossOf(value);
    await update();
    const lost = variables.find((variable) => variable.isDisposed);
    if (lost)
      throw new Error(`observe: expected \`update\` to keep the variables, but "${lost.name}" was disposed by it`);
    onStep({
      source: 'observe',
      variables,
      before,
      gradients: variables.map((variable) => grads[variable.name]),
      evaluation,
      inputs,
      lossBefore,
      learningRate: learningRate ?? null,
      obstacles: [],
    });
  } finally {
    tf.dispose([value, grads, before]);
  }
}

/** `tf.variableGrads` passes over variables that are not trainable; a rule may well change them by hand. */
function asTrainable<T>(variables: readonly tf.Variable[], body: () => T): T {
  const flags = variables.map((variable) => variable.trainable);
  try {
    for (const variable of variables) variable.trainable = true;
    return body();
  } finally {
    variables.forEach((variable, i) => {
      variable.trainable = flags[i] as boolean;
    });
  }
}
