// What a watched step costs, against the same step unwatched: every problem on every backend, interleaved. On the host each way of watching
// has a process of its own, as a training has: what V8 makes of code depends on all that runs it.
//
// Four kinds of steps are timed: nothing due, and what each preset measures. At every n-th step only, the ratio is that of the
// mixture: (n − 1) steps with nothing due and one measured; `standard` measures the loss after each 8th measured step.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { median, quartiles, ratios, rounded, takeTurns } from './measure.mjs';
import { cockpit, isOnDevice, problems, useBackend } from './problems.mjs';

const never = { effective: 'never', stepSize: 'never' };
const watches = {
  idle: { alignment: { every: 1e9, offset: 1e8 }, ...never },
  economy: { preset: 'economy' },
  'economy + alerts$': { preset: 'economy' },
  standard: { preset: 'standard' },
  full: { preset: 'full', stepSize: 'never' },
};
/** Above this unwatched step (ms) only `economy` is measured, for a few rounds: the pure cpu backend on convolutions. */
const patience = 700;
/** Milliseconds that a contestant's turn takes, or one step. */
const turnMs = 40;
/** Steps, and milliseconds at most, before steps count: so long V8 takes to compile what runs once a step. */
const warmUpSteps = 4000;
const warmUpMs = 15_000;
/** Ways of watching that are measured side by side: the first tells whether a step is too slow for the others. */
const together = [['economy'], ['none again', 'idle'], ['economy + alerts$'], ['standard'], ['full']];

function contestant(problem, name) {
  const made = problem.make();
  const options = watches[name];
  const watch = options ? monitor(options) : null;
  const rule = problem.optimizer();
  const records = [];
  watch?.steps$.subscribe((record) => records.push(record));
  const train = made.train(watch ? watch.wrap(rule) : rule);
  let trained = 0;
  // What is made of a step is made at once where anybody listens to it.
  if (name.endsWith('alerts$')) watch.alerts$.subscribe();
  return {
    name,
    made,
    records,
    async step() {
      await train();
      trained++;
    },
    /** On a device: everything that was made of the steps so far has been read back. */
    async settled() {
      while (watch && records.length < trained) await new Promise(soon);
    },
    async close() {
      await watch?.detach();
      made.dispose();
      rule.dispose();
    },
  };
}

/** The next task of the event loop, without the 4 ms that a browser's timers take. */
function soon(resolve) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(null);
}

/** Several steps as one, so that what a step leaves to be read back is paid for by who made it. */
function inTurns(contestant, steps) {
  const { step, settled } = contestant;
  contestant.step = async () => {
    for (let i = 0; i < steps; i++) await step();
    await settled();
  };
  return contestant;
}

/** Mean of the medians of steps that measured the same, by how often they come. */
function typical(values, kinds) {
  const groups = Map.groupBy ? Map.groupBy(values, (_, i) => kinds[i]) : groupBy(values, kinds);
  return [...groups.values()].reduce((sum, group) => sum + (group.length * median(group)) / values.length, 0);
}

function groupBy(values, kinds) {
  const groups = new Map();
  values.forEach((value, i) => groups.set(kinds[i], [...(groups.get(kinds[i]) ?? []), value]));
  return groups;
}

/** Most bytes of tensors while a step runs, beyond those before it. */
async function peakBytes({ step }) {
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(async () => {
    await step();
    return tf.scalar(0);
  });
  return peakBytes - before;
}

/** Measures some ways of watching a problem, side by side with no watch: a row for each. */
export async function* sideBySide(backend, problem, names, quick) {
  const first = contestant(problem, 'none');
  await takeTurns([first], { warmUp: 3, seconds: 1, least: 1, most: 100 });
  const stepMs = median(first.times);
  const slow = stepMs > patience;
  await first.close();
  const steps = Math.max(1, Math.min(32, Math.round(turnMs / stepMs)));
  const device = isOnDevice();
  const contestants = ['none', ...names].map((name) =>
    device ? inTurns(contestant(problem, name), steps) : contestant(problem, name),
  );
  const block = device ? 1 : steps;
  const thorough = !quick && !device && !slow;
  const warmUp = slow ? 1 : Math.ceil((thorough ? Math.max(20, Math.min(warmUpSteps, warmUpMs / stepMs)) : 20) / block);
  const seconds = quick ? 2 : (slow ? 60 : 2.5) * contestants.length;
  const rounds = slow ? { least: 4, most: 16 } : { least: thorough ? 64 : 16, most: 600 };
  await takeTurns(contestants, { warmUp, block, seconds, ...rounds });
  const [base] = contestants;
  const gradients = slow || device ? null : { step: base.made.gradient };
  if (gradients) await takeTurns([gradients], { warmUp: 2, seconds: 0.5, least: 5, most: 50 });
  const gradientMs = gradients ? median(gradients.times) : null;
  const unwatchedBytes = await peakBytes(base);
  for (const each of contestants.slice(1)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const pairs = ratios(each, base);
    // What is done now and then is more than most steps do: the loss, the noise, θ at every 32nd step, all that is made of 64 steps.
    const kinds = each.records
      .slice(warmUp * block)
      .map(({ asked, lossAfter, step }) => `${asked.alignment} ${lossAfter !== null} ${rareness(step)}`);
    const ratio = isMeasuring(each.name) && !device ? typical(pairs, kinds) : median(pairs);
    const unwatchedMs = median(base.times) / (device ? steps : 1);
    const added = (ratio - 1) * unwatchedMs;
    const bytes = (await peakBytes(each)) - unwatchedBytes;
    const theirs = cockpit[problem.name]?.[each.name];
    yield {
      bench: 'step',
      backend,
      problem: problem.name,
      watch: each.name,
      ratio: rounded(ratio),
      quartiles: rounded(quartiles(pairs)),
      meanRatio: rounded(each.times.reduce((a, b) => a + b) / base.times.reduce((a, b) => a + b)),
      unwatchedMs: rounded(unwatchedMs),
      addedMs: rounded(added, 3),
      ...(gradientMs ? { gradients: rounded(added / gradientMs, 3) } : {}),
      addedBytes: bytes,
      parameterBytes: 4 * base.made.parameters,
      steps: pairs.length * (device ? steps : 1),
      ...(theirs ? { cockpit: theirs } : {}),
    };
  }
  for (const each of contestants) await each.close();
}

/** Which of the steps that are more than most this is, if any. */
const rareness = (step) => (step % 32 === 31 ? step % 64 : null);

const isMeasuring = (name) => name !== 'none again' && name !== 'idle';

/** What measuring at every n-th step costs: of n steps n − 1 have nothing due. */
function withMixtures(row, rows) {
  const idle = rows.find(({ watch }) => watch === 'idle');
  if (!idle || !isMeasuring(row.watch)) return row;
  const every = (n) => rounded((row.ratio + (n - 1) * idle.ratio) / n);
  return { ...row, every16: every(16), every64: every(64) };
}

/**
 * @param measure how some ways of watching are measured side by side: `sideBySide`, or that in a process of its own
 * @param chosen names of the problems
 */
export async function* step({ backends, quick, measure = sideBySide, chosen }) {
  for (const backend of backends) {
    if (!(await useBackend(backend))) {
      yield { bench: 'step', backend, skipped: 'this backend is not here' };
      continue;
    }
    for (const problem of problems.filter(({ name }) => chosen.includes(name))) {
      const rows = [];
      for (const names of together) {
        for await (const row of measure(backend, problem, names, quick)) rows.push(row);
        if (rows[0].unwatchedMs > patience) break;
      }
      for (const row of rows) yield withMixtures(row, rows);
    }
  }
}
