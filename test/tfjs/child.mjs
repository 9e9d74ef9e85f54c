import { writeFileSync } from 'node:fs';
import Jasmine from 'jasmine';

/** Runs one bundle of tests and writes what became of each, in order: `node child.mjs BUNDLE RESULTS`. */
const [bundle, results] = process.argv.slice(2);
const outcomes = [];
const warnings = [];
const { warn } = console;
console.warn = (...given) => {
  if (String(given[0]).startsWith('steepest:')) warnings.push(given.join(' '));
  else warn(...given);
};

const jasmine = new Jasmine();
jasmine.loadConfig({ random: false });
jasmine.exitOnCompletion = false;
jasmine.clearReporters();
jasmine.addReporter({
  specDone: ({ fullName, status, failedExpectations }) => {
    const faults = [...failedExpectations.map(({ message }) => message), ...warnings];
    outcomes.push({ fullName, status, traces: globalThis.traces.splice(0), warned: warnings.length > 0, faults });
    warnings.length = 0;
  },
});
const { incompleteReason } = await jasmine.execute([bundle]);
writeFileSync(results, JSON.stringify({ incompleteReason, outcomes, steps: globalThis.watchedSteps }));
// A test may leave a timer behind.
process.exit(0);
