import type { Browser } from 'playwright-core';
import type { Alias, ViteDevServer } from 'vite';

export declare const chromiumPath: string | null;
export declare function launch(): Promise<Browser>;
export declare function serve(options: {
  readonly page: string;
  readonly cache: string;
  readonly include: readonly string[];
  readonly alias?: Alias[];
}): Promise<{ server: ViteDevServer; origin: string }>;
