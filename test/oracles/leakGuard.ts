import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect } from 'vitest';

/** Every test of the file or of the `describe` begins on `backend` and ends with as many tensors and buffers as it began with. */
export function guardAgainstLeaks(backend = 'cpu'): void {
  let before: tf.MemoryInfo;
  beforeEach(async () => {
    await tf.setBackend(backend);
    before = tf.memory();
  });
  afterEach(() => {
    const { numTensors, numDataBuffers } = tf.memory();
    expect({ numTensors, numDataBuffers }).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });
}

interface Disposable {
  dispose(): unknown;
}

/** The same, and what a test calls its own by the function this gives is disposed before the count. */
export function guardWithOwned(backend = 'cpu'): <T extends Disposable>(made: T) => T {
  const owned: Disposable[] = [];
  guardAgainstLeaks(backend);
  // What is registered last runs first.
  afterEach(() => {
    for (const each of owned.splice(0)) each.dispose();
  });
  return (made) => {
    owned.push(made);
    return made;
  };
}
