import * as tf from '@tensorflow/tfjs';
import { deviceTrouble } from './deviceTrouble.js';
import { isOnDevice } from './isOnDevice.js';
import { paddingTrouble } from './paddingTrouble.js';
import { addedUp, sumsOfAll } from './partialSums/sumsOfAll.js';
import { messageOf } from '../src/messageOf.js';

const settings = { terms: 'step', rho: 0, scaleY: 1, scaleD: 1 } as const;

/**
 * Why nothing that the backend in use computes of a loss at these values can be trusted; `null`: it can. Asked at once, and answered when the
 * device says; it never rejects.
 */
export async function pointTrouble(
  variables: readonly { readonly name: string }[],
  values: readonly tf.Tensor[],
): Promise<string | null> {
  const trouble = isOnDevice() ? deviceTrouble() : null;
  if (trouble !== null || tf.getBackend() !== 'webgl') return trouble;
  const names = variables.map(({ name }) => name);
  let numbers: tf.Tensor | null = null;
  try {
    const sums = sumsOfAll({ gradients: values, before: values, after: values }, () => settings);
    numbers = sums.numbers;
    return paddingTrouble(names, addedUp(sums.parts, await numbers.data()));
  } catch (error) {
    return deviceTrouble() ?? `the device does not say what it holds: ${messageOf(error)}`;
  } finally {
    numbers?.dispose();
  }
}
