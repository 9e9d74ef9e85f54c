import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { chromiumPath, launch } from '../../scripts/chromium.mjs';

export { chromiumPath, launch };

/** Continuous integration says that browser tests must run: then a missing browser fails them. */
export const browserRequired = (process.env['STEEPEST_REQUIRE'] ?? '').split(',').includes('browser');

export const skipBrowser = chromiumPath === null && !browserRequired;
if (skipBrowser) console.warn('browser tests are skipped: no Chromium here (STEEPEST_CHROMIUM=path names one)');

/** Serves the repository, TypeScript and all, to pages under test. */
export async function serve(): Promise<{ server: ViteDevServer; origin: string }> {
  const server = await createServer({
    root: resolve(import.meta.dirname, '../..'),
    configFile: false,
    logLevel: 'error',
    cacheDir: 'node_modules/.vite-browser-tests',
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    optimizeDeps: {
      entries: ['test/browser/page/index.html'],
      include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', '@tensorflow/tfjs-backend-wasm', 'rxjs'],
    },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (address === null || address === undefined || typeof address === 'string') throw new Error('no port to serve on');
  return { server, origin: `http://localhost:${address.port}` };
}

/** A page that says on our console what goes wrong in it. */
export async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    console.error(`in the page: ${error.message}`);
  });
  await page.goto(url);
  return page;
}
