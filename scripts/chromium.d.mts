import type { Browser } from 'playwright-core';

export declare const chromiumPath: string | null;
export declare function launch(): Promise<Browser>;
