import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const given = process.env['STEEPEST_CHROMIUM'];

/** Where a Chromium is, or `null`. */
export const chromiumPath: string | null =
  (given === undefined ? places : [given]).find((path) => existsSync(path)) ?? null;

/** Continuous integration says that browser tests must run: then a missing browser fails them. */
export const browserRequired = (process.env['STEEPEST_REQUIRE'] ?? '').split(',').includes('browser');

export const skipBrowser = chromiumPath === null && !browserRequired;
if (skipBrowser) console.warn('browser tests are skipped: no Chromium here (STEEPEST_CHROMIUM=path names one)');

/** Software WebGL and WebGPU, and no traffic of the browser's own. */
const flags = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launch(): Promise<Browser> {
  if (chromiumPath === null)
    throw new Error('expected a Chromium: apt-get install chromium, or STEEPEST_CHROMIUM=path to one');
  return chromium.launch({ executablePath: chromiumPath, args: flags });
}

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
