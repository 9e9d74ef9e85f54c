import * as tf from '@tensorflow/tfjs';

/** What became of trying a backend. */
export interface BackendReport {
  readonly name: 'node' | 'wasm' | 'cpu' | 'webgl' | 'webgpu';
  readonly available: boolean;
  readonly reason: string;
}

const packages: Readonly<Record<string, string>> = {
  node: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
};
const names: Readonly<Record<string, string>> = { node: 'tensorflow', wasm: 'wasm', cpu: 'cpu' };

/** Makes a backend ready and the one in use. Says why where that can't be done; nothing is replaced silently. */
export async function useBackend(name: 'node' | 'wasm' | 'cpu'): Promise<BackendReport> {
  const library = packages[name];
  try {
    if (library !== undefined) await import(/* @vite-ignore */ library);
    const ready = await tf.setBackend(names[name] as string);
    if (!ready) return { name, available: false, reason: `TensorFlow.js could not start the backend "${name}"` };
    await tf.ready();
    return { name, available: true, reason: 'works here' };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
    return { name, available: false, reason: library === undefined ? message : `${library}: ${message}` };
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
