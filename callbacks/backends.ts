import * as tf from '@tensorflow/tfjs';
import { messageOf } from '../src/messageOf.js';

/** What became of trying a backend. */
export interface BackendReport {
  readonly name: 'node' | 'wasm' | 'cpu' | 'webgl' | 'webgpu';
  readonly available: boolean;
  readonly reason: string;
}

type Name = 'node' | 'wasm' | 'cpu';

const packages: Readonly<Record<Name, string | null>> = {
  node: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: null,
};
const registered: Readonly<Record<Name, string>> = { node: 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

const binary =
  'its binary is missing: `npm rebuild @tensorflow/tfjs-node` downloads it; in the repository of Steepest `npm run setup:tfjs-node` also makes it where it cannot be downloaded (docs/guide/backends.md)';

const anotherCopy =
  'it brought another copy of TensorFlow.js along: `npm ls @tensorflow/tfjs-core` shows them, `npm dedupe` makes one of them';
const wasmLimits = "gradients of convolutions need `import 'steepest/wasm-gradients'`";

/** What to do about a package that can't be imported. */
export function importTrouble(library: string, message: string): string {
  const first = message.split('\n')[0] as string;
  if (/tfjs_binding|libtensorflow|ERR_DLOPEN|dlopen/.test(message)) return `${library}: ${binary}`;
  if (/Cannot find (package|module)/.test(message) && message.includes(library))
    return `${library} is not installed: npm install ${library}`;
  return `${library}: ${first}`;
}

/** Makes a backend ready and the one in use. Says why where that can't be done; nothing is replaced silently. */
export async function useBackend(name: Name): Promise<BackendReport> {
  const library = packages[name];
  const report = (available: boolean, reason: string): BackendReport => ({ name, available, reason });
  try {
    if (library !== null) await import(/* @vite-ignore */ library);
  } catch (error) {
    return report(false, importTrouble(library as string, messageOf(error)));
  }
  try {
    if (!(await tf.setBackend(registered[name])))
      return report(false, `TensorFlow.js could not start the backend "${name}"`);
    await tf.ready();
    if (!(tf.backend() instanceof tf.KernelBackend)) return report(false, `${library ?? name}: ${anotherCopy}`);
    return report(true, name === 'wasm' ? `works here; ${wasmLimits}` : 'works here');
  } catch (error) {
    return report(false, error instanceof Error ? (error.message.split('\n')[0] as string) : String(error));
  }
}

/** The fastest backend that works here: node, then wasm, then cpu. */
export async function useFastestBackend(): Promise<BackendReport> {
  for (const name of ['node', 'wasm'] as const) {
    const report = await useBackend(name);
    if (report.available) return report;
  }
  return useBackend('cpu');
}
