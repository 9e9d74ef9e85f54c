// The Chromium that tests and benchmarks run pages in.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const given = process.env.STEEPEST_CHROMIUM;

/** Where one is, or `null`. */
export const chromiumPath = (given === undefined ? places : [given]).find((path) => existsSync(path)) ?? null;

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

export async function launch() {
  if (chromiumPath === null)
    throw new Error('expected a Chromium: apt-get install chromium, or STEEPEST_CHROMIUM=path to one');
  return chromium.launch({ executablePath: chromiumPath, args: flags });
}
