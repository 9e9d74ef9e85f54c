import { createReadStream, existsSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { extname, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type ViteDevServer } from 'vite';
import { launch, skipBrowser } from './chromium.js';

const root = resolve(import.meta.dirname, '../..');

const portOf = (server: { address(): unknown } | null): number => (server?.address() as { port: number }).port;

/** What the page wrote to its console as an error, or threw. */
function faults(page: Page): string[] {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(message.text());
  });
  return found;
}

describe.skipIf(skipBrowser)('pages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  describe('the example', () => {
    let server: ViteDevServer;
    let url: string;
    beforeAll(async () => {
      server = await createServer({
        configFile: `${root}/examples/browser/vite.config.js`,
        server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
        logLevel: 'error',
      });
      await server.listen();
      url = `http://localhost:${portOf(server.httpServer)}/`;
    });
    afterAll(async () => {
      await server?.close();
    });

    it.each(['cpu', 'wasm', 'webgl', 'webgpu'])('trains on %s and shows what it certified', async (backend) => {
      const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
      const wrong = faults(page);
      await page.goto(`${url}?epochs=2`);
      await page.waitForSelector('option[value=cpu]', { state: 'attached' });
      await page.selectOption('#backend', backend);
      await page.click('#run');
      await page.waitForFunction(() => /Done|ended/.test(document.querySelector('#status')?.textContent ?? ''), null, {
        timeout: 110_000,
      });
      expect(await page.textContent('#status')).toMatch(/Done on .* 16 steps certified: \d+ natural gradient/);
      expect(await page.locator('#chart svg path, #chart svg circle').count()).toBeGreaterThan(10);
      expect(await page.getAttribute('#chart', 'aria-label')).toMatch(/^16 steps, \d+ of them below 90 degrees/);
      expect(await page.textContent('#certificate')).toMatch(/^Step 15: /);
      // Nothing sticks out of a phone's screen, and every control has a name.
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      for (const name of ['Backend', 'Optimizer', 'Learning rate']) expect(await page.getByLabel(name).count()).toBe(1);
      expect(await page.getByRole('button', { name: 'Train' }).isEnabled()).toBe(true);
      expect(wrong).toEqual([]);
      await page.close();
    });
  });

  describe('without a bundler', () => {
    const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };
    let server: Server;
    beforeAll(async () => {
      server = createHttpServer((request, response) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname;
        const file = resolve(root, `.${path}`);
        if (!file.startsWith(root) || !existsSync(file)) {
          response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
          return;
        }
        response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
        createReadStream(file).pipe(response);
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    });
    afterAll(() => server?.close());

    it('a plain <script type="module"> trains and certifies', async () => {
      const page = await browser.newPage();
      const wrong = faults(page);
      await page.goto(`http://localhost:${portOf(server)}/examples/browser/plain.html`);
      await page.waitForFunction(() => document.querySelector('pre')?.textContent?.includes('Steepest:'), null, {
        timeout: 60_000,
      });
      expect(await page.textContent('pre')).toMatch(/^Steepest: 40 steps\n {2}natural gradient +\d+/);
      expect(wrong).toEqual([]);
      await page.close();
    });
  });
});
