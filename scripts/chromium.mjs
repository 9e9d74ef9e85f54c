// The Chromium that tests and benchmarks run pages in.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

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

/** Serves the repository, TypeScript and all: a page of it with its own cache, the packages it imports, and other places for some. */
export async function serve({ page, cache, include, alias = [] }) {
  const server = await createServer({
    root: fileURLToPath(new URL('..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    cacheDir: `node_modules/${cache}`,
    server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
    resolve: { alias },
    optimizeDeps: {
      entries: [page],
      include: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'rxjs', ...include],
    },
  });
  await server.listen();
  return { server, origin: `http://localhost:${server.httpServer.address().port}` };
}
