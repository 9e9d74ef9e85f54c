import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds, pageOf } from './madePages.js';

const executablePath = process.env['STEEPEST_CHROMIUM'] ?? '/usr/bin/chromium';
const required = (process.env['STEEPEST_REQUIRE'] ?? '').split(',').includes('browser');
const skipped = !existsSync(executablePath) && !required;
if (skipped) console.warn(`the pages are not opened in a browser: SKIPPED, there is no ${executablePath}`);

const views = {
  desktop: { viewport: { width: 1200, height: 900 } },
  phone: { viewport: { width: 375, height: 800 } },
  small: { viewport: { width: 320, height: 600 } },
  dark: { viewport: { width: 1200, height: 900 }, colorScheme: 'dark' },
} as const;

/** What is wrong with the pictures, and with the page, as laid out: told by the browser. */
function faultsOf(): string[] {
  const faults: string[] = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${String(root.scrollWidth)} wide in ${String(root.clientWidth)}`);
  const shown = [...document.querySelectorAll('figure svg')].filter((svg) => svg.getBoundingClientRect().width > 0);
  for (const svg of shown) {
    const name = svg.closest('section')?.id ?? '';
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() !== '' && getComputedStyle(text).visibility === 'visible')
      .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }));
    for (const [i, { words, box }] of texts.entries()) {
      if (
        box.left < frame.left - 1 ||
        box.right > frame.right + 1 ||
        box.top < frame.top - 2 ||
        box.bottom > frame.bottom + 2
      )
        faults.push(`${name}: “${words}” leaves the picture`);
      for (const other of texts.slice(i + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Boxes of letters are higher than the letters.
        if (across > 1 && down > 3) faults.push(`${name}: “${words}” lies over “${other.words}”`);
      }
    }
    const drawn = [...svg.querySelectorAll('path, rect, circle')].filter((mark) => {
      const style = getComputedStyle(mark);
      const box = mark.getBoundingClientRect();
      const inked = [style.fill, style.stroke].some((ink) => ink !== 'none' && ink !== getComputedStyle(svg).color);
      return inked && box.width + box.height > 1 && box.right > frame.left && box.left < frame.right;
    });
    if (drawn.length === 0) faults.push(`${name}: nothing is drawn`);
  }
  const visible = document.querySelectorAll('figure').length;
  if (shown.length !== visible) faults.push(`${String(shown.length)} of ${String(visible)} pictures are shown`);
  return faults;
}

describe.skipIf(skipped)('the page in Chromium', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'steepest-report-'));

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a page from disk, and tells what it complained of. */
  async function opened(file: string, view: keyof typeof views): Promise<{ page: Page; complaints: string[] }> {
    const complaints: string[] = [];
    const page = await browser.newPage(views[view]);
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) complaints.push(`asks for ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return { page, complaints };
  }

  describe.each(Object.entries(kinds))('of %s', (kind, runs) => {
    const file = join(folder, `${kind.replaceAll(/\W/gu, '-')}.html`);

    beforeAll(async () => {
      writeFileSync(file, await pageOf(runs()));
    });

    it.each(Object.keys(views) as (keyof typeof views)[])('is laid out without a fault: %s', async (view) => {
      const { page, complaints } = await opened(file, view);
      expect(await page.evaluate(faultsOf)).toEqual([]);
      expect(await page.evaluate(() => Reflect.has(window, 'ran'))).toBe(false);
      // The tables as well.
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        views[view].viewport.width,
      );
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('prints', async () => {
      const { page, complaints } = await opened(file, 'desktop');
      await page.setViewportSize({ width: 680, height: 960 });
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate(faultsOf)).toEqual([]);
      expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(5000);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  it('shows the ball moving, each frame in its turn; held still on request, and not at all to who wants less motion', async () => {
    const file = join(folder, 'motion.html');
    writeFileSync(file, await pageOf(kinds['an ordinary run']?.() ?? []));
    const { page, complaints } = await opened(file, 'desktop');
    // What is seen so many milliseconds into the film.
    const at = (time: number): Promise<{ words: string[]; ball: string }> =>
      page.evaluate((moment) => {
        for (const animation of document.getAnimations()) animation.currentTime = moment;
        const words = [...document.querySelectorAll('.motion text')];
        const ball = document.querySelector('.motion circle[class]') ?? document.body;
        return {
          words: words
            .filter((each) => getComputedStyle(each).visibility === 'visible')
            .map((each) => each.textContent.trim()),
          ball: getComputedStyle(ball).transform,
        };
      }, time);
    const seen = [];
    for (let frame = 0; frame < 60; frame++) seen.push(await at((frame + 0.5) * 300));
    expect(seen.every(({ words }) => words.length === 1)).toBe(true);
    expect(new Set(seen.map(({ words }) => words[0])).size).toBe(60);
    expect(new Set(seen.map(({ ball }) => ball)).size).toBeGreaterThan(55);
    const steps = seen.map(({ words }) => Number(/step (\d+)/u.exec(words[0] ?? '')?.[1]));
    expect(steps).toEqual([...steps].sort((one, other) => one - other));

    const states = (): Promise<string[]> =>
      page.evaluate(() => [...new Set(document.getAnimations().map(({ playState }) => playState))]);
    expect(await states()).toEqual(['running']);
    await page.locator('.motion input').focus();
    await page.keyboard.press('Space');
    expect(await states()).toEqual(['paused']);

    const shown = (): Promise<boolean[]> =>
      Promise.all(['.motion', '.still .wide'].map((part) => page.locator(part).isVisible()));
    expect(await shown()).toEqual([true, false]);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await shown()).toEqual([false, true]);
    expect(await states()).toEqual([]);
    await page.emulateMedia({ reducedMotion: 'no-preference', media: 'print' });
    expect(await shown()).toEqual([false, true]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is dark where the reader wants it so, and readable then', async () => {
    const file = join(folder, 'contrast.html');
    writeFileSync(file, await pageOf(kinds['an ordinary run']?.() ?? []));
    for (const [view, dark] of [
      ['desktop', false],
      ['dark', true],
    ] as const) {
      const { page } = await opened(file, view);
      const [ground, ink] = await page.evaluate(() => {
        const style = getComputedStyle(document.body);
        const label = getComputedStyle(document.querySelector('figure svg text') ?? document.body);
        return [style.backgroundColor, label.fill].map((color) => Number(/\d+/u.exec(color)?.[0]));
      });
      expect((ground ?? 0) < 60).toBe(dark);
      expect(Math.abs((ground ?? 0) - (ink ?? 0))).toBeGreaterThan(150);
      await page.close();
    }
  });

  it('can be used by keys alone: the skip link first, then every link, table and list, and out again', async () => {
    const file = join(folder, 'keys.html');
    writeFileSync(file, await pageOf(kinds['an ordinary run']?.() ?? []));
    const { page } = await opened(file, 'desktop');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SUMMARY');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.querySelector('details')?.open)).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('scroll');
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate(() => document.activeElement?.closest('section')?.id ?? 'outside'));
    }
    expect([...seen]).toEqual(expect.arrayContaining(['loss', 'layers', 'happenings', 'outside']));
    await page.close();
  });
});
