const percent = (part, whole) => `${((100 * part) / whole).toFixed(part === 0 || part === whole ? 0 : 1)} %`;
const degrees = (radians) => `${((radians * 180) / Math.PI).toFixed(1)}°`;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted.length === 0 ? null : sorted[sorted.length >> 1];
};
const names = { bp: 'backpropagation', fa: 'feedback alignment', dfa: 'direct feedback alignment' };

/** What became of one rule in one setting, over its seeds. */
function tally(runs, setting, rule) {
  const own = runs.filter((run) => run.setting === setting && run.rule === rule);
  const steps = own.flatMap((run) => run.steps);
  const count = (verdict) => steps.filter((step) => step.verdict === verdict).length;
  const layers = steps[0].layers.map((_, l) => steps.filter((step) => step.layers[l]?.alignment < 0).length);
  return {
    rule,
    seeds: own.length,
    steps: steps.length,
    natural: count('natural-gradient'),
    discrete: count('discrete-natural-gradient'),
    overshoot: count('overshoot'),
    not: count('not-natural-gradient'),
    unresolved: count('unresolved'),
    misaligned: steps.filter((step) => step.alignment < 0).length,
    layers,
    psi: median(steps.map((step) => step.psi).filter((psi) => psi !== null)),
    psiEnds: [0, -1].map((at) => median(own.map((run) => run.steps.at(at).psi).filter((psi) => psi !== null))),
    lossBefore: mean(own.map((run) => run.tests[0].loss)),
    lossAfter: mean(own.map((run) => run.tests.at(-1).loss)),
    accuracy: mean(own.map((run) => run.tests.at(-1).accuracy)),
  };
}

/** One paragraph that says what was found; every word of it hangs on the numbers. */
export function findings(settings, runs) {
  const sentences = settings.flatMap((setting) => {
    const tallies = Object.keys(setting.learningRates).map((rule) => tally(runs, setting.name, rule));
    const [bp, ...others] = tallies;
    const rates = Object.values(setting.learningRates);
    const rate = new Set(rates).size === 1 ? `rate ${rates[0]}` : `rates ${rates.join(' and ')}`;
    const overshot = bp.overshoot > 0 ? `, though ${percent(bp.overshoot, bp.steps)} of its steps overshot` : '';
    const opening = `For ${setting.words} (${rate}, ${bp.seeds} ${bp.seeds === 1 ? 'seed' : 'seeds'}), backpropagation reached ${percent(bp.accuracy, 1)} of the test digits${overshot}.`;
    return [opening, ...others.map((other) => sentence(other, bp))];
  });
  return `${sentences.join(' ')} The metric is a choice among many (the best-conditioned one); the verdicts rest on y·g > 0 and on the loss.`;
}

function sentence(rule, bp) {
  const learned = rule.lossAfter < rule.lossBefore;
  const reached = learned
    ? `learned too (${percent(rule.accuracy, 1)})`
    : `did not learn (${percent(rule.accuracy, 1)})`;
  const first = `${names[rule.rule][0].toUpperCase()}${names[rule.rule].slice(1)} ${reached}: ${percent(rule.natural, rule.steps)} of its ${rule.steps} steps were natural gradient descent on the true loss`;
  const rest = [
    rule.discrete > 0 && `${percent(rule.discrete, rule.steps)} in the discrete sense only`,
    rule.overshoot > 0 && `${percent(rule.overshoot, rule.steps)} overshot`,
    rule.not > 0 && `${percent(rule.not, rule.steps)} were not`,
    rule.unresolved > 0 && `${percent(rule.unresolved, rule.steps)} could not be told`,
  ].filter(Boolean);
  const angle =
    rule.psiEnds.includes(null) || rule.psi === null
      ? ''
      : `, ψ going from ${degrees(rule.psiEnds[0])} to ${degrees(rule.psiEnds[1])} (median ${degrees(rule.psi)}; ${names.bp} ${bp.psi === null ? '–' : degrees(bp.psi)})`;
  const astray = rule.layers
    .map((steps, l) => ({ steps, l }))
    .filter(({ steps }) => steps > 0)
    .map(({ steps, l }) => `layer ${l + 1} climbed its own gradient at ${percent(steps, rule.steps)}`);
  const whole =
    astray.length === 0
      ? 'no layer ever climbed its own gradient'
      : `${astray.join(', ')} of the steps, the whole at ${percent(rule.misaligned, rule.steps)}`;
  return `${[first, ...rest].join(', ')}${angle}; ${whole}.`;
}
