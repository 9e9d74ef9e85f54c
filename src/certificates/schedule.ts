import type { ConditionName } from './stepRecord.js';

/**
 * When a condition is measured. A function gets the number of the step (of this loss and these variables, from 0). A budget is a
 * share of the training's time: 0.02 measures as often as two per cent of it allow.
 */
export type Schedule =
  | ((step: number) => boolean)
  | { readonly every: number; readonly offset?: number }
  | { readonly budget: number }
  | 'always'
  | 'never'
  | 'on-suspicion';

/** Several schedules ask for a step as soon as one of them does. */
export type Schedules = Schedule | readonly Schedule[];

/** A schedule made ready: is this step due, and does a suspicion make it so? */
export interface Timetable {
  readonly due: (step: number) => boolean;
  readonly onSuspicion: boolean;
  /** Share of the training's time that may be spent on it; 0: none. */
  readonly budget: number;
}

export type Preset = 'economy' | 'standard' | 'full';

/** What each preset measures when. */
export const presets: Readonly<Record<Preset, Readonly<Record<ConditionName, Schedules>>>> = {
  economy: { alignment: 'always', effective: 'never', stepSize: 'never' },
  standard: { alignment: 'always', effective: [{ every: 8 }, 'on-suspicion'], stepSize: 'never' },
  full: { alignment: 'always', effective: 'always', stepSize: [{ every: 64 }, 'on-suspicion'] },
};

/** Makes schedules ready to be asked. */
export function timetable(schedules: Schedules): Timetable {
  const list: readonly Schedule[] = isList(schedules) ? schedules : [schedules];
  return {
    due: (step) => list.some((schedule) => isDue(schedule, step)),
    onSuspicion: list.includes('on-suspicion'),
    budget: list.reduce(
      (most, one) => (typeof one === 'object' && 'budget' in one ? Math.max(most, one.budget) : most),
      0,
    ),
  };
}

const isList = (schedules: Schedules): schedules is readonly Schedule[] => Array.isArray(schedules);

function isDue(schedule: Schedule, step: number): boolean {
  if (typeof schedule === 'function') return schedule(step);
  if (typeof schedule === 'string') return schedule === 'always';
  if ('budget' in schedule) return false;
  const { every, offset = 0 } = schedule;
  return step >= offset && (step - offset) % every === 0;
}
