import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Backlog, type HeldStep } from '../../callbacks/backlog.js';

/** A step that notes what happens to it. */
function step(value: number, bytes: number, seen: string[], finish = Promise.resolve()): HeldStep {
  return {
    numbers: tf.tensor1d([value, 2 * value]),
    bytes,
    finish: (values) => {
      seen.push(`${value}: ${[...values].join()}`);
      return finish;
    },
    fail: (reason) => seen.push(`${value} failed: ${String(reason)}`),
    letGo: () => seen.push(`${value} let go`),
  };
}

const idle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 20));

describe('the backlog', () => {
  it('hands numbers over in order, those of several steps in one read-back, and disposes them', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory();
    const seen: string[] = [];
    const backlog = new Backlog(() => undefined);
    let reads = 0;
    const { read } = tf.engine();
    const engine = tf.engine();
    engine.read = (dataId) => {
      reads++;
      return read.call(engine, dataId);
    };
    try {
      for (let i = 1; i <= 5; i++) backlog.push(step(i, 1, seen));
      expect(backlog.room()).toBeInstanceOf(Promise);
      await backlog.room();
    } finally {
      Reflect.deleteProperty(engine, 'read');
    }
    expect(seen).toEqual(['1: 1,2', '2: 2,4', '3: 3,6', '4: 4,8', '5: 5,10']);
    expect(reads).toBe(2);
    expect(backlog.room()).toBeUndefined();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  it('lets go of the oldest steps when too much is held, never of the one that is looked at', async () => {
    const seen: string[] = [];
    const backlog = new Backlog(() => undefined);
    const large = 2 ** 25;
    for (let i = 1; i <= 4; i++) backlog.push(step(i, large, seen));
    expect(seen).toEqual(['1 let go', '2 let go']);
    await idle();
    expect(seen.slice(2).map((each) => each[0])).toEqual(['1', '2', '3', '4']);
    let goOn: () => void = () => undefined;
    seen.length = 0;
    backlog.push(step(1, 2 ** 26, seen, new Promise((resolve) => (goOn = resolve))));
    await idle();
    backlog.push(step(2, 2 ** 26, seen));
    expect(seen).toEqual(['1: 1,2']);
    goOn();
    await idle();
    expect(seen).toEqual(['1: 1,2', '2: 2,4']);
  });

  it('a step that can’t be read fails with the reason, is told of, and the next ones are read', async () => {
    const seen: string[] = [];
    const told: string[] = [];
    const backlog = new Backlog((trouble) => told.push(trouble));
    backlog.push(step(1, 1, seen, Promise.reject(new Error('gone'))));
    await idle();
    backlog.push(step(2, 1, seen));
    await idle();
    expect(seen).toEqual(['1: 1,2', '1 failed: Error: gone', '2: 2,4']);
    expect(told).toEqual(['gone']);
  });
});
