// The same steps as in Node, in a page: `runSteps(backend, quick)` hands each row to `say`.
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { step } from '../step.mjs';

globalThis.runSteps = async (backend, quick) => {
  for await (const row of step({ backends: [backend], quick })) await globalThis.say(row);
};
