import * as tf from '@tensorflow/tfjs';
import type { Obstacle } from '../src/certificates/stepRecord.js';
import { expectKnown } from '../src/expectKnown.js';
import { inputsHere, lossOf } from './arithmetic.js';
import { Bystanders } from './bystanders.js';
import type { MadeStep } from './measurable.js';
import { alias } from './alias.js';
import { Evaluation } from './evaluation.js';
import { lossGradients } from './lossGradients.js';
import { expectOwn } from './peers.js';
import { received } from './received.js';
import { scalarLoss } from './scalarLoss.js';

/** A learning rule's step: `update()` changes `variables`, `loss` is the true measure of performance. */
export interface Observation {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  readonly update: () => void | Promise<void>;
  /** η of `Δθ = η g`. @default 1, so that `g = Δθ` */
  readonly learningRate?: number;
}

/** What an observation may hold; the last two are those of a learner of `steepest/rules`. */
const fields = ['loss', 'variables', 'update', 'learningRate', 'optimizer', 'dispose'];

function validate(given: Observation): void {
  expectKnown('observe', given, fields);
  const { loss, variables, update, learningRate } = given as Partial<Observation>;
  const fail = (what: string, expected: string, got: unknown): never => {
    throw new TypeError(`observe: expected \`${what}\` to be ${expected}, got ${received(got)}`);
  };
  if (typeof loss !== 'function') fail('loss', 'a function that returns a tf.Scalar', loss);
  if (typeof update !== 'function') fail('update', 'a function that changes the variables', update);
  if (!Array.isArray(variables) || variables.length === 0)
    return fail('variables', 'a list of at least one tf.Variable', variables);
  const stranger = variables.find((each) => !(each instanceof tf.Variable));
  if (stranger !== undefined) fail('variables', 'a list of tf.Variable only', stranger);
  for (const variable of variables) expectOwn('observe', 'a variable', variable);
  const dead = variables.find((each) => each.isDisposed);
  if (dead) throw new TypeError(`observe: expected \`variables\` to be alive, got "${dead.name}" disposed`);
  const whole = variables.find(({ dtype }) => dtype !== 'float32');
  if (whole)
    throw new TypeError(`observe: expected \`variables\` to be of float32, got "${whole.name}" of ${whole.dtype}`);
  if (new Set(variables).size !== variables.length) fail('variables', 'a list without repetitions', variables);
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate > 0)) {
    fail('learningRate', 'a finite number > 0', learningRate);
  }
}

/** Why what `update` did can't be certified as a step of these variables, or `null` where it can. */
function misstep(variables: readonly tf.Variable[], before: readonly tf.Tensor[], others: Bystanders): string | null {
  const shape = (tensor: tf.Tensor): string => `[${tensor.shape.join(', ')}]`;
  const reshaped = variables.findIndex((variable, i) => shape(variable) !== shape(before[i] as tf.Tensor));
  const variable = variables[reshaped];
  if (variable) {
    return `the update changed the shape of "${variable.name}" from ${shape(before[reshaped] as tf.Tensor)} to ${shape(variable)}: there is no difference of the two`;
  }
  const stranger = others.changed();
  return (
    stranger &&
    `the update changed "${stranger.name}" as well, which the loss depends on and \`variables\` does not name`
  );
}

const everyCondition = (reason: string): Obstacle[] =>
  (['alignment', 'effective', 'stepSize'] as const).map((name) => ({ condition: name, reason }));

/**
 * Runs one update of any learning rule and hands over what was made of it. The gradient of `loss` at θ is computed first (one
 * gradient); everything is disposed afterwards. A step that can't be certified (a variable has another shape, one that the loss
 * depends on and `variables` does not name was changed) is handed over with the reason.
 *
 * @throws TypeError naming the field, before anything runs, or that `loss` gives no scalar, before `update` does; whatever `loss` or
 * `update` throw.
 */
export async function observeUpdate(given: Observation, onStep: (made: MadeStep) => void): Promise<void> {
  validate(given);
  const { loss, variables, update, learningRate } = given;
  const others = new Bystanders(variables);
  const inputs = inputsHere();
  const scalar = scalarLoss('observe', loss);
  const evaluation = new Evaluation(scalar, null, inputs && ((input) => inputs.substitute(input)));
  const { value, grads } = asTrainable(variables, () =>
    lossGradients(() => others.noting(evaluation.first), variables),
  );
  const before = variables.map(alias);
  others.keep();
  try {
    const lossBefore = lossOf(value);
    await update();
    const lost = variables.find((variable) => variable.isDisposed);
    if (lost)
      throw new Error(`observe: expected \`update\` to keep the variables, but "${lost.name}" was disposed by it`);
    const why = misstep(variables, before, others);
    onStep({
      source: 'observe',
      variables,
      before,
      after: variables,
      gradients: why === null ? variables.map((variable) => grads[variable.name]) : null,
      evaluation: why === null ? evaluation : null,
      inputs,
      lossBefore,
      learningRate: learningRate ?? null,
      obstacles: why === null ? [] : everyCondition(why),
    });
  } finally {
    evaluation.dispose();
    tf.dispose([value, grads, before]);
    others.dispose();
  }
}

/** `tf.variableGrads` passes over variables that are not trainable; a rule may well change them by hand. */
export function asTrainable<T>(variables: readonly tf.Variable[], body: () => T): T {
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
