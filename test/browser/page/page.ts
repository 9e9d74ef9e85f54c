import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { trainByFit, trainByLoop, wander } from '../contractRuns.js';
import { contextLost, forbidSynchronousReading, fullRange, responsiveness, truth, visorBeside } from './trials.js';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

const api = {
  trainByFit,
  trainByLoop,
  wander,
  forbidSynchronousReading,
  contextLost,
  responsiveness,
  truth,
  fullRange,
  visorBeside,
  use: async (backend: string): Promise<string> => {
    if (!(await tf.setBackend(backend))) throw new Error(`the backend "${backend}" did not start`);
    await tf.ready();
    return tf.getBackend();
  },
};
export type PageApi = typeof api;
Object.assign(globalThis, { trials: api });
