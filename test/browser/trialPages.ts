import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ViteDevServer } from 'vite';
import { anySeed } from '../oracles/seed.js';
import { launch, open, serve } from './chromium.js';
import type { RunOutcome } from './contractRuns.js';

/** Pages on any backend for the tests of a `describe`, and trainings of one seed in them, of none of which Chromium may complain. */
export function trialPages() {
  const seed = anySeed();
  let browser: Browser;
  let server: ViteDevServer;
  let origin: string;
  /** What the browser says of a device that was asked for too much: such kernels give nothing, without an error. */
  const complaints: string[] = [];

  beforeAll(async () => {
    ({ server, origin } = await serve());
    browser = await launch();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    expect(complaints).toEqual([]);
  });

  const pageOn = async (backend: string): Promise<Page> => {
    const page = await open(browser, `${origin}/test/browser/page/index.html`);
    page.on('console', (message) => {
      if (/Invalid|exceeds/.test(message.text())) complaints.push(`${backend}: ${message.text()}`);
    });
    await page.waitForFunction('globalThis.trials', null, { timeout: 60_000 });
    await page.evaluate((name) => globalThis.trials.use(name), backend);
    return page;
  };

  const trainByFit = (
    page: Page,
    name: string,
    watching: object | null,
    beside: object | null = null,
  ): Promise<RunOutcome> =>
    page.evaluate((given) => globalThis.trials.trainByFit(...given), [name, seed, watching, beside] as const);

  return { seed, pageOn, trainByFit };
}
