import type * as Plot from '@observablehq/plot';

/** What draws: Observable Plot, and a document that exists outside a browser. Both are optional, and loaded only here. */
export interface Plotting {
  readonly plot: typeof Plot;
  readonly document: Document;
}

let loaded: Promise<Plotting> | null = null;

/**
 * Loads Observable Plot and linkedom, once. In a browser, Plot draws into the page's own document as well: hand that over in its place.
 *
 * @throws Error that names the command to install what is missing
 */
export function loadPlotting(): Promise<Plotting> {
  loaded ??= load().catch((error: unknown) => {
    loaded = null;
    throw error;
  });
  return loaded;
}

async function load(): Promise<Plotting> {
  const plot = await optional('@observablehq/plot', () => import('@observablehq/plot'));
  const { parseHTML } = await optional('linkedom', () => import('linkedom'));
  const { DOMParser } = parseHTML('');
  // A document of SVG: one of HTML would write `<` and `&` in attributes as they are, which is not XML.
  const document = new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg" />', 'image/svg+xml');
  return { plot, document };
}

async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw new Error(
      `steepest: pictures are drawn by the optional package ${name}, which is not installed: npm install @observablehq/plot linkedom`,
      { cause },
    );
  }
}

/** A fault inside the package is no missing package. */
const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
  error.message.includes(name);
