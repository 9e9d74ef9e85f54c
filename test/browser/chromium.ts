import type { Browser, Page } from 'playwright-core';
import type { ViteDevServer } from 'vite';
import { chromiumPath, launch, serve as servePages } from '../../scripts/chromium.mjs';

export { chromiumPath, launch };

/** Continuous integration says that browser tests must run: then a missing browser fails them. */
export const browserRequired = (process.env['STEEPEST_REQUIRE'] ?? '').split(',').includes('browser');

export const skipBrowser = chromiumPath === null && !browserRequired;
if (skipBrowser) console.warn('browser tests are skipped: no Chromium here (STEEPEST_CHROMIUM=path names one)');

/** Serves the repository to pages under test. Files that are tested side by side share no cache: both would fill it. */
export const serve = (): Promise<{ server: ViteDevServer; origin: string }> =>
  servePages({
    page: 'test/browser/page/index.html',
    cache: `.vite-browser-tests-${process.env['VITEST_POOL_ID'] ?? ''}`,
    include: ['@tensorflow/tfjs-backend-wasm'],
  });

/** A page that says on our console what goes wrong in it. */
export async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    console.error(`in the page: ${error.message}`);
  });
  // The server makes a page's packages ready when the first asks for them: on a busy machine that takes a while.
  await page.goto(url, { timeout: 110_000 });
  return page;
}
