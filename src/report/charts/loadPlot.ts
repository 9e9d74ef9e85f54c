import type * as Plot from '@observablehq/plot';

/** What draws: Observable Plot, and a document outside of a browser. */
export interface Plotting {
  readonly plot: typeof Plot;
  readonly document: Document;
}

const hint = 'npm install @observablehq/plot linkedom';

/**
 * Both are optional, and loaded when a picture is drawn for the first time.
 *
 * @throws Error with the command that installs what is missing
 */
export async function loadPlot(): Promise<Plotting> {
  const plot = await import('@observablehq/plot').catch(refuse('@observablehq/plot'));
  const { parseHTML } = await import('linkedom').catch(refuse('linkedom'));
  return { plot, document: parseHTML('<!doctype html><html><body></body></html>').document };
}

const refuse =
  (name: string) =>
  (cause: unknown): never => {
    throw new Error(`pictures need the optional package ${name}: ${hint}`, { cause });
  };
