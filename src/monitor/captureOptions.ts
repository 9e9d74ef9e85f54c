import { Backlog } from '../../callbacks/backlog.js';
import type { CaptureOptions } from '../../callbacks/capture.js';
import { Tracks } from '../../callbacks/track.js';
import { type Preset, presets, timetable } from '../certificates/schedule.js';
import type { MonitorOptions } from './options.js';

const defaultPreset: Preset = 'standard';
const noiseShares: Readonly<Record<Preset, number>> = { economy: 0.02, standard: 0.05, full: 0.5 };
const firstAllowance: Readonly<Record<Preset, number>> = { economy: 16, standard: 32, full: 64 };

/** A page has to answer; a program need not. */
const defaultBlocking = (): number => (Reflect.has(globalThis, 'document') ? 40 : Number.POSITIVE_INFINITY);

/**
 * What is measured of each step, and when: a monitor's options with what their preset says in place of what they leave open.
 *
 * @param tell is told what goes wrong with a device.
 */
export function captureOptions(options: MonitorOptions, tell: (trouble: string) => void): CaptureOptions {
  const preset = options.preset ?? defaultPreset;
  return {
    timetables: {
      alignment: timetable(options.alignment ?? presets[preset].alignment),
      effective: timetable(options.effective ?? presets[preset].effective),
      stepSize: timetable(options.stepSize ?? presets[preset].stepSize),
    },
    discreteGradient: options.discreteGradient ?? 'projected',
    curvature: {
      products: 32,
      delta: 0.01,
      keep: 'basis',
      warmStart: false,
      stop: 'decided',
      blockingMs: defaultBlocking(),
      ...options.curvature,
    },
    noiseShare: options.noiseShare ?? noiseShares[preset],
    suspiciousPsi: options.suspiciousPsi ?? 1.5,
    energy: options.energy === true,
    geometry: options.geometry ?? null,
    backlog: new Backlog(tell),
  };
}

/** Makes the tracks of one more optimizer. Nothing is timed where no budget is to be kept. */
export function tracksFor({ preset = defaultPreset }: MonitorOptions, { timetables }: CaptureOptions): () => Tracks {
  const timed = Object.values(timetables).some(({ budget }) => budget > 0);
  return () => new Tracks(firstAllowance[preset], timed ? () => performance.now() : () => 0);
}
