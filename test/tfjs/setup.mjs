import * as tf from '@tensorflow/tfjs';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
import { monitor } from 'steepest';

/** How this run is watched, see `run.mjs`; `null`: not at all. */
const watching = JSON.parse(process.env.STEEPEST_WATCHING ?? 'null');

setTestEnvs([{ name: 'cpu', backendName: 'cpu', isDataSync: true }]);
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;

// The same random numbers in every run (mulberry32); how many were drawn is part of what is compared.
let state = 0;
let draws = 0;
Math.random = () => {
  draws++;
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

let watch = null;
globalThis.watchedSteps = 0;
beforeEach(() => {
  state = 1;
  draws = 0;
  if (watching === null) return;
  watch = monitor(watching.options);
  watch.steps$.subscribe(() => globalThis.watchedSteps++);
});
afterEach(async () => {
  await watch?.detach();
  watch = null;
});

/** What a test leaves behind is noted when its body is over, before anything is cleared away. */
globalThis.traces = [];
const note = () => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  globalThis.traces.push(`${draws} draws, ${numTensors} tensors, ${numDataBuffers} buffers, ${numBytes} bytes`);
};
const traced = (body) =>
  async function (...given) {
    try {
      await body.apply(this, given);
    } finally {
      // Tests of the engine register backends that know no memory.
      if (tf.getBackend() === 'cpu') note();
    }
  };
const { it: spec } = globalThis;
// A test with a `done` of its own ends when it says so, and leaves no traces here.
globalThis.it = (name, body, ...rest) => spec(name, body?.length === 0 ? traced(body) : body, ...rest);

if (watching?.ways.includes('wrap')) globalThis.onOptimizer = (optimizer) => watch?.wrap(optimizer);
if (watching?.ways.includes('callback')) {
  for (const { prototype } of [tf.LayersModel, tf.Sequential]) {
    for (const [method, at] of [
      ['fit', 2],
      ['fitDataset', 1],
    ]) {
      const plain = prototype[method];
      prototype[method] = function (...given) {
        if (watch === null) return plain.apply(this, given);
        const theirs = [given[at]?.callbacks ?? []].flat();
        const ours = watch.callback(this);
        given[at] = { ...given[at], callbacks: watching.place === 'first' ? [ours, ...theirs] : [...theirs, ours] };
        return plain.apply(this, given);
      };
    }
  }
}
