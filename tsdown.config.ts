import { defineConfig } from 'tsdown';

const library = defineConfig({
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

/** One file for a page without a bundler: everything but TensorFlow.js, of which a page may have one copy only. */
const page = defineConfig({
  entry: { 'steepest.browser': 'src/index.ts' },
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  dts: false,
  clean: false,
  minify: true,
  deps: { neverBundle: [/^@tensorflow\//], alwaysBundle: [/^(?!@tensorflow\/)/], onlyBundle: false },
  outputOptions: { codeSplitting: false },
});

export default [library, page];
