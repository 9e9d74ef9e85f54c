import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../../src/alerts/rule.js';
import { externalStep } from '../../src/cli/externalStep.js';
import { Streams, type StreamOptions } from '../../src/monitor/streams.js';
import { memorySink } from '../../src/sinks/memory.js';

/** Up the gradient at every third step. */
const record = (step: number) =>
  externalStep({ y: [1, 2], g: step % 3 === 2 ? [-1, -1] : [1, 1], lossBefore: 2, lossAfter: 1 }, step);

const climbs: AlertRule = {
  name: 'climbs',
  init: () => null,
  update: (state, { step, alignment }) => [
    state,
    alignment.state === 'fails'
      ? { kind: 'alert', version: 1, step, level: 'warn', rule: 'climbs', title: 'up', message: 'up', evidence: {} }
      : null,
  ],
};

const streams = (options: Partial<StreamOptions> = {}): Streams =>
  new Streams({
    window: { size: 5 },
    rules: [climbs],
    ownRules: false,
    actions: [],
    sinks: [],
    context: () => ({ learningRate: null, setLearningRate: () => undefined, stopTraining: () => undefined }),
    onFault: (who, fault) => {
      throw new Error(who, { cause: fault });
    },
    ...options,
  });

describe('what is made of records', () => {
  const count = 150;
  const summaryWith = async (listen: (to: Streams) => void): Promise<unknown> => {
    const made = streams();
    listen(made);
    for (let step = 0; step < count; step++) made.push(record(step));
    await made.complete();
    return made.tally.summary();
  };

  it('adds up to the same summary, whether anybody looks at it as it comes or not', async () => {
    const alone = await summaryWith(() => undefined);
    const watched = await summaryWith((made) => {
      made.certificates$.subscribe();
      made.windows$.subscribe();
    });
    expect(alone).toMatchObject({ steps: count });
    expect(watched).toEqual(alone);
  });

  it('comes with its record where anybody is told of it: a subscriber, a sink, an action', () => {
    const seen: string[] = [];
    const sink = memorySink();
    const made = streams({ sinks: [sink], actions: [() => seen.push('action')] });
    made.steps$.subscribe(({ step }) => seen.push(`step ${String(step)}, ${String(sink.lines.length)} lines`));
    made.push(record(2));
    expect(seen).toEqual(['action', 'step 2, 3 lines']);

    const other = streams();
    const certified: number[] = [];
    const subscription = other.certificates$.subscribe(({ step }) => certified.push(step));
    other.push(record(0));
    expect(certified).toEqual([0]);
    subscription.unsubscribe();
    other.push(record(1));
    expect(certified).toEqual([0]);
    expect(other.tally.summary()).toMatchObject({ steps: 2 });
  });

  it('a rule of the user’s own is shown every certificate at once; else the end of a run is soon enough', async () => {
    const shown: number[] = [];
    const own: AlertRule = {
      name: 'own',
      init: () => null,
      update: (state, { step }) => {
        shown.push(step);
        return [state, null];
      },
    };
    const made = streams({ rules: [own], ownRules: true });
    made.push(record(0));
    expect(shown).toEqual([0]);
    const patient = streams({ rules: [own] });
    patient.push(record(1));
    expect(shown).toEqual([0]);
    await patient.flush();
    expect(shown).toEqual([0, 1]);
  });

  it('a subscriber is told of nothing from before it came', async () => {
    const made = streams();
    const steps: number[] = [];
    made.steps$.subscribe(({ step }) => steps.push(step));
    for (let step = 0; step < 5; step++) made.push(record(step));
    expect(steps).toEqual([0, 1, 2, 3, 4]);
    const alerts: number[] = [];
    const windows: number[] = [];
    made.alerts$.subscribe(({ step }) => alerts.push(step));
    made.windows$.subscribe({ next: ({ step }) => windows.push(step), complete: () => windows.push(Infinity) });
    made.push(record(5));
    expect(alerts).toEqual([5]);
    expect(windows).toEqual([4]);
    await made.complete();
    expect(windows.at(-1)).toBe(Infinity);
  });
});
