// The same steps as in Node, in a page: `runSteps` takes what `step` takes and hands each row to `say`.
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { step } from '../step.mjs';

globalThis.runSteps = async (given) => {
  for await (const row of step(given)) await globalThis.say(row);
};
