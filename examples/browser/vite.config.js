import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // In a project of yours `steepest` comes out of node_modules; here it is what `npm run build` made.
  resolve: { alias: [{ find: /^steepest$/, replacement: here('../../dist/index.js') }] },
  cacheDir: here('../../node_modules/.vite-example'),
  server: { fs: { allow: [here('../..')] } },
  optimizeDeps: { include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-wasm'] },
});
