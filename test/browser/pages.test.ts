import { createReadStream, existsSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { extname, resolve } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import type * as tfvis from '@tensorflow/tfjs-vis';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type ViteDevServer } from 'vite';
import type { monitor } from '../../src/index.js';
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

/** What a page of `visorPage` has. */
interface Loaded {
  readonly tf: typeof tf;
  readonly tfvis: typeof tfvis;
  readonly monitor: typeof monitor;
}

/** A page with some plain scripts, and with some that are imported after TensorFlow.js. */
const visorPage = (plain: readonly string[], imported: readonly string[]): string => `<!doctype html>
  <link rel="icon" href="data:," />
  <script type="importmap">
    {
      "imports": {
        "@tensorflow/tfjs": "/node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js",
        "steepest": "/dist/steepest.browser.js"
      }
    }
  </script>
  ${plain.map((path) => `<script src="${path}"></script>`).join('')}
  <script type="module">
    import * as tf from '@tensorflow/tfjs';
    ${imported.map((path) => `import '${path}';`).join('')}
    import { monitor } from 'steepest';
    await tf.setBackend('cpu');
    Object.assign(globalThis, { tf, monitor });
  </script>`;

/** In such a page: a training, with our callback and the charts of tfjs-vis beside it, or bare. */
async function trainBeside(watched: boolean): Promise<{ weights: number[][]; steps: number; left: number }> {
  const { tf, tfvis, monitor } = globalThis as unknown as Loaded;
  const before = tf.memory().numTensors;
  const xs = tf.randomNormal([64, 4], 0, 1, 'float32', 3);
  const ys = tf.tidy(() => tf.sum(xs, 1, true));
  const kernelInitializer = tf.initializers.glorotNormal({ seed: 1 });
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4], kernelInitializer })] });
  model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
  const watch = watched ? monitor() : null;
  let steps = 0;
  watch?.certificates$.subscribe(() => steps++);
  const callbacks = watch
    ? [
        watch.callback(model),
        tfvis.show.fitCallbacks({ name: 'Training' }, ['loss'], { callbacks: ['onBatchEnd', 'onEpochEnd'] }),
      ]
    : [];
  await model.fit(xs, ys, {
    batchSize: 16,
    epochs: 3,
    shuffle: false,
    verbose: 0,
    callbacks: callbacks as tf.CustomCallbackArgs[],
  });
  await watch?.detach();
  const weights = model.getWeights().map((each) => Array.from(each.dataSync()));
  tf.dispose([xs, ys]);
  model.dispose();
  model.optimizer.dispose();
  return { weights, steps, left: tf.memory().numTensors - before };
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

    describe('beside tfjs-vis, which brings an older TensorFlow.js along', () => {
      const visor = '/node_modules/@tensorflow/tfjs-vis/dist/tfjs-vis.umd.min.js';
      const another = '/node_modules/@tensorflow/tfjs/dist/tf.min.js';

      const load = async (...scripts: Parameters<typeof visorPage>): Promise<{ page: Page; wrong: string[] }> => {
        const page = await browser.newPage();
        const wrong = faults(page);
        const url = `http://localhost:${portOf(server)}/visor.html`;
        await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: visorPage(...scripts) }));
        await page.goto(url);
        await page.waitForFunction('globalThis.monitor');
        return { page, wrong };
      };

      it.each([
        ['tfjs-vis', [visor]],
        ['another copy of the same version', [another, visor]],
      ])('%s in a plain <script>: the monitor says what to load first', async (_, plain) => {
        const { page } = await load(plain, []);
        await expect(page.evaluate(trainBeside, true)).rejects.toThrow(
          /monitor: expected the engine of .* another copy which was loaded first.*by an `import` of each/,
        );
        await page.close();
      });

      it.each(['cpu', 'webgl'])(
        'imported, as it says, on %s: charts are drawn, every step is certified, the training is as without us',
        async (backend) => {
          const { page, wrong } = await load([], [visor]);
          const use = (name: string): Promise<boolean> => (globalThis as unknown as Loaded).tf.setBackend(name);
          expect(await page.evaluate(use, backend)).toBe(true);
          const bare = await page.evaluate(trainBeside, false);
          const watched = await page.evaluate(trainBeside, true);
          expect(watched).toEqual({ weights: bare.weights, steps: 12, left: 0 });
          expect(await page.locator('.visor canvas, .visor svg').count()).toBeGreaterThanOrEqual(2);
          expect(wrong).toEqual([]);
          await page.close();
        },
      );
    });
  });
});
