import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { trainByFit, trainByLoop, wander } from '../contractRuns.js';
import { gradientSurvey } from '../../oracles/gradientSurvey.js';
import { type GramCase, gramCases, measureCase } from '../../oracles/gramCases.js';
import { atAPoint, ofMaxima } from './average.js';
import { contextLost, forbidSynchronousReading, movedOn, responsiveness, throwsAgain } from './trials.js';
import { curved, truth } from './truth.js';
import { visorBeside } from './visor.js';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

const api = {
  tf,
  trainByFit,
  trainByLoop,
  wander,
  atAPoint,
  ofMaxima,
  forbidSynchronousReading,
  contextLost,
  throwsAgain,
  movedOn,
  responsiveness,
  truth,
  curved,
  grams: async (name: string, seed: number, moved: boolean) => measureCase(gramCases(seed)[name] as GramCase, moved),
  gradientSurvey,
  visorBeside,
  use: async (backend: string): Promise<string> => {
    if (!(await tf.setBackend(backend))) throw new Error(`the backend "${backend}" did not start`);
    await tf.ready();
    return tf.getBackend();
  },
};
type PageApi = typeof api;
declare global {
  /** In a page: what the tests ask of it. */
  var trials: PageApi;
}
Object.assign(globalThis, { trials: api });
