// What a watched step costs on a backend that only a page has, in headless Chromium.
import { fileURLToPath } from 'node:url';
import { launch, serve } from '../scripts/chromium.mjs';

const steepest = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** Runs the steps on `webgl` or `webgpu`, as `step` is told to; `say` is told every row as it comes. */
export async function stepInChromium(backend, settings, say) {
  const { server, origin } = await serve({
    page: 'bench/page/index.html',
    cache: '.vite-bench',
    include: [],
    alias: [{ find: /^steepest$/, replacement: steepest }],
  });
  try {
    const browser = await launch();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.exposeFunction('say', (row) => say({ ...row, browser: browser.version(), adapter: 'software' }));
      await page.goto(`${origin}/bench/page/index.html`);
      await page.waitForFunction('globalThis.runSteps', null, { timeout: 120_000 });
      await page.evaluate((given) => globalThis.runSteps(given), { backends: [backend], ...settings });
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
