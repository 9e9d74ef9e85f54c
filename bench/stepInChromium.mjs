// What a watched step costs on a backend that only a page has, in headless Chromium.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { launch } from '../scripts/chromium.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs the steps on `webgl` or `webgpu`; `say` is told every row as it comes. */
export async function stepInChromium(backend, quick, say) {
  const server = await createServer({
    root: here('..'),
    configFile: false,
    logLevel: 'error',
    cacheDir: here('../node_modules/.vite-bench'),
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    resolve: { alias: [{ find: /^steepest$/, replacement: here('../dist/index.js') }] },
    optimizeDeps: {
      entries: ['bench/page/index.html'],
      include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'rxjs'],
    },
  });
  try {
    await server.listen();
    const browser = await launch();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.exposeFunction('say', (row) => say({ ...row, browser: browser.version(), adapter: 'software' }));
      await page.goto(`http://localhost:${server.httpServer.address().port}/bench/page/index.html`);
      await page.waitForFunction('globalThis.runSteps', null, { timeout: 120_000 });
      await page.evaluate(([name, hurry]) => globalThis.runSteps(name, hurry), [backend, quick]);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
