import type { Alert } from '../alerts/alert.js';
import type { Certificate } from '../certificates/certificate.js';
import type { StepRecord } from '../certificates/stepRecord.js';
import type { WindowCertificate } from '../certificates/window.js';

/** What a run was made with: its first line. */
export interface RunHeader {
  readonly kind: 'run';
  readonly version: 1;
  /** Counts the runs of one watch, from 0. */
  readonly run: number;
  /** Versions of this package and of TensorFlow.js. */
  readonly steepest: string;
  readonly tfjs: string;
  readonly backend: string;
  readonly model: { readonly name: string; readonly parameters: number; readonly layers: readonly string[] } | null;
  readonly options: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** One line of a recorded run. */
export type RunLine = StepRecord | Certificate | WindowCertificate | Alert;

/**
 * Where a run is written. `start` comes before the lines of a run, `close` last. A sink takes lines at once and does its slow
 * work later; it may lose what it has no room for if it says so, but it never holds up the training.
 */
export interface Sink {
  readonly name: string;
  start?(header: RunHeader): void;
  write(line: RunLine): void;
  /** Resolves when all that was written before is as safe as it will be. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
