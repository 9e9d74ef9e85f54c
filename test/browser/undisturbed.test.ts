import { describe, expect, it } from 'vitest';
import { skipBrowser } from './chromium.js';
import { trialPages } from './trialPages.js';

describe.skipIf(skipBrowser)('what goes on in a page besides, in Chromium', () => {
  const { pageOn } = trialPages();

  it('a WebGL context that is lost: said once, with what to do; the training hears nothing from us', async () => {
    const page = await pageOn('webgl');
    const { warnings, reasons, fault } = await page.evaluate(() => globalThis.trials.contextLost());
    expect([...warnings, ...reasons].join('\n')).toMatch(/lost its device.*reload the page/);
    expect(fault ?? '').not.toMatch(/callbacks\/|src\/monitor/);
    await page.close();
  });

  it.each([true, false])(
    'tfjs-vis beside ours (ours first: %s): charts are drawn, every step is certified',
    async (first) => {
      const page = await pageOn('cpu');
      const { charts, epochs, steps } = await page.evaluate((ours) => globalThis.trials.visorBeside(ours), first);
      expect(charts).toBeGreaterThanOrEqual(2);
      expect([epochs, steps]).toEqual([3, 12]);
      await page.close();
    },
  );

  it.each(['cpu', 'webgl'])('%s: timers fire as often as without us', async (backend) => {
    const page = await pageOn(backend);
    const measure = (watched: boolean): Promise<{ ticks: number; longest: number; ms: number }> =>
      page.evaluate((each) => globalThis.trials.responsiveness(each), watched);
    await measure(true);
    const [bare, watched] = [
      { ticks: 0, ms: 0 },
      { ticks: 0, ms: 0 },
    ];
    for (let i = 0; i < 4; i++)
      for (const [total, isWatched] of [
        [bare, false],
        [watched, true],
      ] as const) {
        const { ticks, ms } = await measure(isWatched);
        total.ticks += ticks;
        total.ms += ms;
      }
    // In turns, and with room for a machine that does other things too; a page that freezes has none at all.
    expect(bare.ticks).toBeGreaterThan(0);
    expect(watched.ticks / watched.ms, JSON.stringify({ bare, watched })).toBeGreaterThan(0.4 * (bare.ticks / bare.ms));
    await page.close();
  });
});
