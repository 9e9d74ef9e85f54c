import * as tf from '@tensorflow/tfjs';
import { resultOf } from './arithmetic.js';
import type { Measurable } from './measurable.js';
import type { Evaluation } from './evaluation.js';
import { whileReplaced } from './whileReplaced.js';
import type { Reads } from './hessian/reads.js';
import { hostArray } from './hostArray.js';

/**
 * Why a second call of the loss would not give the loss of the first, or `null` if it does, bit for bit: a layer that carries
 * state from batch to batch, or one whose randomness is not TensorFlow.js' own. Costs one loss, three where it is not.
 *
 * @param lossThere what the first call gave.
 */
export function unfaithful(evaluation: Evaluation, made: Measurable, lossThere: number): string | null {
  const layers = (evaluation.survey?.layers ?? []).flatMap(withInner);
  const stateful = layers.find((layer) => layer.stateful);
  if (stateful)
    return `layer "${stateful.name}" carries state from batch to batch, so the loss can't be evaluated a second time`;
  const counting = layers.find(countsItsCalls);
  if (counting)
    return `layer "${counting.name}" takes another seed at every call, so the loss can't be evaluated a second time`;
  if (made.early !== null) {
    const { again } = made.early;
    return again === null || (same(again, lossThere, scaleOf(evaluation, made)) && !evaluation.diverged)
      ? null
      : anotherValue;
  }
  const again = (): number =>
    evaluation.undisturbed((loss) => {
      moveTo(made);
      return hostArray(loss())[0] as number;
    });
  if (Object.is(again(), lossThere) && !evaluation.diverged) return null;
  const sums = [outputSums(again), outputSums(again)] as const;
  const culprit = [...sums[0].keys()].find((layer) => !Object.is(sums[0].get(layer), sums[1].get(layer)));
  return culprit ? `layer "${culprit.name}" gives another output when it is evaluated a second time` : anotherValue;
}

const anotherValue = 'the loss gives another value when it is evaluated a second time';

/** Why the loss, called after its step is over, is not the loss of the step any more; `null`: it is. Costs one loss. */
export function* outdated(evaluation: Evaluation, made: Measurable): Reads<string | null> {
  const again = yield* resultOf(
    evaluation.outcome((loss) => {
      moveTo(made);
      return made.arithmetic.scalar(loss());
    }),
  );
  return same(again, made.lossBefore as number, scaleOf(evaluation, made)) && !evaluation.diverged
    ? null
    : 'by the time its numbers were read back from the device, the loss of the step was another: let it be a function of tensors that stay';
}

/** Another order of operations on a device (fused or not) may round otherwise; another batch gives another loss altogether. */
const same = (again: number, first: number, scale: number): boolean =>
  Math.abs(again - first) <= 4 * 2 ** -23 * (Math.abs(first) + scale);

/** What a loss rounds by besides its own last place, as in the free tolerance of `effective`. */
const scaleOf = ({ survey }: Evaluation, { early }: Measurable): number =>
  (early?.yTheta ?? 0) + (survey?.logarithmic === false ? 0 : 1);

/** The variables to θ. */
function moveTo({ variables, before }: Measurable): void {
  variables.forEach((variable, i) => {
    variable.assign(before[i] as tf.Tensor);
  });
}

/** A model inside a model, or a wrapper, calls its layers without anybody hearing of it. */
function withInner(layer: tf.layers.Layer): tf.layers.Layer[] {
  const inner: unknown[] = [Reflect.get(layer, 'layers'), Reflect.get(layer, 'layer')].flat();
  return [layer, ...inner.filter((each) => each instanceof tf.layers.Layer).flatMap(withInner)];
}

/** Layers such as RandomWidth with a seed add one to it whenever they are called. */
function countsItsCalls(layer: tf.layers.Layer): boolean {
  const generator = Reflect.get(layer, 'randomGenerator') as { readonly seed?: unknown } | undefined;
  return typeof generator?.seed === 'number';
}

/** Sum of what every layer gives out while `body` runs, by layer in the order they ran. */
function outputSums(body: () => void): Map<tf.layers.Layer, number> {
  const sums = new Map<tf.layers.Layer, number>();
  const prototype: tf.layers.Layer = tf.layers.Layer.prototype;
  const apply = Reflect.get(prototype, 'apply') as (...given: unknown[]) => unknown;
  const noted = function (this: tf.layers.Layer, ...given: unknown[]): unknown {
    const output = apply.apply(this, given);
    const tensors = [output].flat().filter((each): each is tf.Tensor => each instanceof tf.Tensor);
    const sum = tensors.reduce((total, tensor) => total + hostArray(tensor).reduce((a, b) => a + b, 0), 0);
    sums.set(this, (sums.get(this) ?? 0) + sum);
    return output;
  };
  whileReplaced(prototype, 'apply', noted, body);
  return sums;
}
