import type { Certificate } from '../certificates/certificate.js';
import type { Sink } from './sink.js';

export interface ConsoleSinkOptions {
  /** Takes one line. @default console.log */
  readonly log?: (line: string) => void;
  /** Steps between lines where there are no epochs. @default 500 */
  readonly every?: number;
}

/** What has come in since the last line. */
interface Chapter {
  readonly title: string;
  certificates: number;
  natural: number;
  psi: number;
  withMetric: number;
  loss: number;
  losses: number;
  unresolved: number;
}

const chapter = (title: string): Chapter => ({
  title,
  certificates: 0,
  natural: 0,
  psi: 0,
  withMetric: 0,
  loss: 0,
  losses: 0,
  unresolved: 0,
});

function tell(part: Chapter): string {
  const share = ((100 * part.natural) / part.certificates).toFixed(1);
  const psi = part.withMetric === 0 ? '' : `  ψ ${((part.psi / part.withMetric) * (180 / Math.PI)).toFixed(1)}°`;
  const loss = part.losses === 0 ? '' : `  loss ${(part.loss / part.losses).toPrecision(4)}`;
  const open = part.unresolved === 0 ? '' : `  unresolved ${String(part.unresolved)}`;
  return `${part.title}${loss}  natural gradient ${share} % of ${String(part.certificates)} steps${psi}${open}`;
}

function add(part: Chapter, certificate: Certificate): void {
  part.certificates++;
  if (certificate.verdict === 'natural-gradient' || certificate.verdict === 'discrete-natural-gradient') part.natural++;
  if (certificate.verdict === 'unresolved') part.unresolved++;
  if (certificate.metric) {
    part.psi += certificate.metric.psi;
    part.withMetric++;
  }
  if (certificate.lossBefore !== null) {
    part.loss += certificate.lossBefore;
    part.losses++;
  }
}

/** One tidy line an epoch (or every so many steps), and every alert at once. */
export function consoleSink({ log = console.log, every = 500 }: ConsoleSinkOptions = {}): Sink {
  if (!(Number.isInteger(every) && every >= 1)) {
    throw new TypeError(
      `consoleSink: expected option \`every\` to be an integer >= 1, got ${String(every)} (${typeof every})`,
    );
  }
  let current: Chapter | null = null;
  const close = (): void => {
    if (current !== null && current.certificates > 0) log(tell(current));
    current = null;
  };
  const titleOf = (certificate: Certificate): string =>
    certificate.epoch === undefined
      ? `steps ${String(certificate.step - (certificate.step % every))}+`
      : `epoch ${String(certificate.epoch + 1)}`;
  return {
    name: 'console',
    start: close,
    write: (line) => {
      if (line.kind === 'alert') log(`${line.level === 'info' ? 'note' : line.level}: ${line.message}`);
      if (line.kind !== 'certificate') return;
      const title = titleOf(line);
      if (current?.title !== title) close();
      current ??= chapter(title);
      add(current, line);
    },
    flush: () => Promise.resolve(),
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}
