import cliProgress from 'cli-progress';

/** How far something has come. */
export interface Progress {
  readonly draws: number;
  readonly of: number;
  readonly done: boolean;
}

/**
 * A listener for `onProgress` that shows a bar on stderr, once it has taken a while; on a terminal only. Node only.
 *
 * @param patience milliseconds that pass without a bar. @default 1000
 */
export function progressBar({ patience = 1000 }: { readonly patience?: number } = {}): (progress: Progress) => void {
  const start = performance.now();
  const bar = new cliProgress.SingleBar({
    format: 'draws {bar} {value} of at most {total} · {eta_formatted} left',
    stream: process.stderr,
    clearOnComplete: true,
  });
  return ({ draws, of, done }) => {
    if (done) bar.stop();
    else if (bar.isActive) bar.update(draws);
    else if (process.stderr.isTTY && performance.now() - start > patience) bar.start(of, draws);
  };
}
