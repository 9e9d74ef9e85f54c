import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    core: 'src/core.ts',
    figures: 'src/figures.ts',
    rules: 'callbacks/rules/index.ts',
    'wasm-gradients': 'callbacks/wasmGradients.ts',
    'sinks/jsonl': 'src/sinks/jsonl.ts',
    progress: 'src/progress.ts',
    'cli/steepest': 'src/cli/steepest.ts',
  },
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  clean: true,
  deps: { neverBundle: [/^node:/] },
});
