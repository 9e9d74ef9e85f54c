import type * as tf from '@tensorflow/tfjs';
import { keepInstances } from './keepInstances.js';

/** What a training run tells. */
export interface FitEvents {
  readonly onRunBegin: () => void;
  readonly onEpochBegin: (epoch: number) => void;
  /** A promise holds the batch up until it is fulfilled. */
  readonly onBatchBegin: () => Promise<void> | undefined;
  readonly onEpochEnd: (epoch: number, logs: Readonly<Record<string, number>>) => void | Promise<void>;
  readonly onRunEnd: () => void | Promise<void>;
}

/** Fits into every list of callbacks: `fit` takes either plain objects or instances, decided by the first of them. */
export interface FitCallback extends tf.CustomCallbackArgs {
  setParams(params: unknown): void;
  setModel(model: unknown): void;
  readonly validationData: null;
}

const numbersOf = (logs: tf.Logs | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(logs ?? {}).filter(([, value]) => typeof value === 'number'));

/** Is the model in the middle of `fit` or `fitDataset`? A tf.Sequential keeps the model that it trains inside. */
export function isTraining(model: tf.LayersModel | null): boolean {
  const inner = (model as { readonly model?: tf.LayersModel } | null)?.model ?? model;
  return inner !== null && Reflect.get(inner, 'isTraining') !== false;
}

/**
 * A callback for `model.fit` and `fitDataset`: alone, beside plain objects and beside instances such as
 * `tf.callbacks.earlyStopping()`, in any order. Being a plain object, it leaves `yieldEvery` to `fit`; being complete, it can
 * stand in a list of instances; and if it comes first, instances behind it are kept from being taken for plain objects.
 */
export function fitCallback(events: FitEvents): FitCallback {
  let takenApart = false;
  return {
    get nowFunc() {
      takenApart = true;
      // Only read where `fit` makes a CustomCallback of a plain object: the moment to look after the instances behind us.
      keepInstances();
      return undefined as unknown as () => number;
    },
    onTrainBegin: () => {
      events.onRunBegin();
    },
    onEpochBegin: (epoch) => {
      events.onEpochBegin(epoch);
    },
    onBatchBegin: () => events.onBatchBegin(),
    onEpochEnd: async (epoch, logs) => {
      await events.onEpochEnd(epoch, numbersOf(logs));
    },
    onTrainEnd: async () => {
      await events.onRunEnd();
    },
    // A list of instances calls it; as a plain object it had better not exist, for `fit` would read every loss back for it.
    get onBatchEnd() {
      const isWanted = !takenApart;
      takenApart = false;
      return (isWanted ? () => undefined : undefined) as () => void;
    },
    setParams: () => undefined,
    setModel: () => undefined,
    validationData: null,
  };
}
