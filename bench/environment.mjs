// On what a benchmark was run.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  platform: `${process.platform} ${process.arch}`,
});

const installed = (name) => {
  try {
    const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    return JSON.parse(readFileSync(path, 'utf8')).version;
  } catch {
    return null;
  }
};

export const versions = () => ({
  steepest: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  node: process.version,
  tfjs: installed('@tensorflow/tfjs'),
  wasm: installed('@tensorflow/tfjs-backend-wasm'),
  'tfjs-node': installed('@tensorflow/tfjs-node'),
});
