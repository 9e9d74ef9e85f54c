import * as tf from '@tensorflow/tfjs';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { AverageCertificate } from '../src/certificates/certifyAverage.js';
import { type AverageSettings, checkSettings, refuse } from './averageOptions.js';
import { certifyOnAverage } from './certifyOnAverage.js';
import { whileReplaced } from './whileReplaced.js';
import { learningRateOf } from './optimizerHook.js';

const who = 'certifyModelOnAverage';

/** All optional. */
export interface ModelAverageOptions extends AverageSettings {
  /** Examples in a minibatch, from 1 to all. @default 32 */
  readonly batchSize?: number;
}

/**
 * In what sense is a compiled model's training natural gradient descent on average, where it stands? A draw is one step of its
 * optimizer on a minibatch, drawn at random without repetition; the loss is the compiled one over all of `xs`, `ys`, with the penalties of
 * regularizers and without dropout, as `model.evaluate` has it. Weights, the optimizer's state and `Math.random` are as before.
 * Costs a loss and a gradient over all examples a draw, besides the minibatch's own gradient.
 *
 * @param xs one tensor an input, `ys` one an output, an example a row.
 * @throws TypeError, RangeError naming what is wrong, before anything runs
 */
export async function certifyModelOnAverage(
  model: tf.LayersModel,
  xs: tf.Tensor | tf.Tensor[],
  ys: tf.Tensor | tf.Tensor[],
  options: ModelAverageOptions = {},
): Promise<AverageCertificate> {
  const [inputs, targets] = [[xs].flat(), [ys].flat()];
  const compiled = compiledModel(model);
  const examples = checkData(compiled, inputs, targets);
  const { batchSize = Math.min(32, examples), ...settings } = options;
  const { seed, ...checked } = checkSettings(who, settings, ['batchSize']);
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > examples)
    refuse(who, 'batchSize', `an integer from 1 to ${examples}`, batchSize);
  const variables = compiled.trainableWeights.map((weight) => weight.read()) as tf.Variable[];
  const { optimizer } = compiled;
  const generator = mersenne(seed);
  const uniform = (): number => (generator.next() >>> 0) / 2 ** 32;

  /** Rows of a minibatch: the first of a shuffle that goes no further. */
  const rows = Int32Array.from({ length: examples }, (_, i) => i);
  const nextRows = (): Int32Array => {
    for (let i = 0; i < batchSize; i++) {
      const j = uniformInt(generator, i, examples - 1);
      [rows[i], rows[j]] = [rows[j] as number, rows[i] as number];
    }
    return rows.slice(0, batchSize);
  };

  return certifyOnAverage({
    ...checked,
    seed,
    variables,
    learningRate: learningRateOf(optimizer) ?? 1,
    loss: () => compiledLoss(compiled, inputs, targets, false),
    draw: () => {
      const chosen = tf.tensor1d(nextRows(), 'int32');
      const [x, y] = [inputs, targets].map((tensors) => tensors.map((tensor) => tf.gather(tensor, chosen)));
      // Dropout and its like ask `Math.random`, which is the user's.
      whileReplaced(Math, 'random', uniform, () =>
        optimizer.minimize(() => compiledLoss(compiled, x ?? [], y ?? [], true), false, variables),
      );
    },
  });
}

/** A vector of numbers is a column, as `fit` has it. */
const column = (tensor: tf.Tensor): tf.Tensor => (tensor.rank === 1 ? tensor.expandDims(1) : tensor);

/** The loss a model was compiled with, as its own training computes it. */
function compiledLoss(
  model: tf.LayersModel,
  inputs: readonly tf.Tensor[],
  targets: readonly tf.Tensor[],
  training: boolean,
): tf.Scalar {
  return tf.tidy(() => {
    const outputs = [model.apply(inputs.map(column), { training })].flat() as tf.Tensor[];
    const losses = model.lossFunctions.map((loss, i) =>
      tf.mean(loss(column(targets[i] as tf.Tensor), outputs[i] as tf.Tensor)),
    );
    return [...losses, ...model.calculateLosses()].reduce((sum, part) => tf.add(sum, part)).asScalar();
  });
}

/** The model that holds the losses: a Sequential keeps one inside. */
function compiledModel(model: tf.LayersModel): tf.LayersModel {
  if (!(model instanceof tf.LayersModel)) throw new TypeError(`${who}: expected \`model\` to be a tf.LayersModel`);
  const inner: unknown = Reflect.get(model, 'model');
  const compiled = inner instanceof tf.LayersModel ? inner : model;
  if (!Array.isArray(compiled.lossFunctions) || compiled.optimizer == null)
    throw new TypeError(`${who}: expected \`model\` to be compiled: call model.compile({ optimizer, loss }) first`);
  return compiled;
}

/** @returns the number of examples */
function checkData(model: tf.LayersModel, inputs: readonly tf.Tensor[], targets: readonly tf.Tensor[]): number {
  const parts = [
    ['xs', inputs, model.inputs.length],
    ['ys', targets, model.outputs.length],
  ] as const;
  for (const [name, tensors, count] of parts) {
    if (tensors.length !== count || !tensors.every((tensor) => tensor instanceof tf.Tensor && tensor.rank > 0))
      throw new TypeError(`${who}: expected \`${name}\` to be ${count} tensor(s) of an example a row`);
  }
  const counts = new Set([...inputs, ...targets].map((tensor) => tensor.shape[0]));
  const [examples = 0] = counts;
  if (counts.size !== 1 || examples < 1)
    throw new RangeError(
      `${who}: expected \`xs\` and \`ys\` to hold as many examples, at least one, got ${[...counts].join(' and ')}`,
    );
  return examples;
}
