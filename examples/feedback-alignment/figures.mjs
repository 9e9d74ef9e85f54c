import { lines } from '../shared/lines.mjs';

const names = { bp: 'backpropagation', fa: 'feedback alignment', dfa: 'direct feedback alignment' };
const inDegrees = (radians) => (radians === null ? null : (radians * 180) / Math.PI);

/** Everything that is shown of one setting. A line a seed. */
export function settingFigures(setting, runs) {
  const { name, words } = setting;
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const line = ({ seed }) => seeds.indexOf(seed);
  const perStep = (list, of) =>
    list.flatMap((run) =>
      run.steps.map((step) => ({ x: step.step, line: line(run), curve: names[run.rule], value: of(step) })),
    );
  const aligned = runs.filter(({ rule }) => rule !== 'bp');
  const first = aligned.filter(({ seed }) => seed === seeds[0]);
  const seedWords = seeds.length === 1 ? `seed ${seeds[0]}` : `a line each of seeds ${seeds.join(', ')}`;
  const figures = [
    lines({
      name: `${name}-learning`,
      title: 'Loss and accuracy on the test digits',
      caption: `${words}: ${seedWords}.`,
      alt: 'Test loss falls and test accuracy rises over the steps, for each rule.',
      rows: runs.flatMap((run) =>
        run.tests.flatMap(({ step, loss, accuracy }) => [
          { x: step, line: line(run), curve: names[run.rule], panel: 'test loss', value: loss },
          { x: step, line: line(run), curve: names[run.rule], panel: 'test accuracy', value: accuracy },
        ]),
      ),
      x: 'step',
      y: 'loss, accuracy',
      height: 190,
    }),
    lines({
      name: `${name}-psi`,
      title: 'The angle between the negative gradient and the update',
      caption: `${words}: ψ of every step that has a metric; ${seedWords}. 90° and beyond is no natural gradient descent.`,
      alt: 'ψ over the steps, near 0° for backpropagation, well above it for the others.',
      rows: perStep(runs, (step) => inDegrees(step.psi)),
      x: 'step',
      y: 'ψ in degrees',
    }),
    lines({
      name: `${name}-spectrum`,
      title: 'The spectrum of the metric along training',
      caption: `${words}, seed ${seeds[0]}: λ₋, α, λ₊ and κ of the best-conditioned metric at every step of the rules that are not the gradient.`,
      alt: 'Four curves over the steps on a logarithmic scale.',
      rows: first.flatMap((run) =>
        run.steps.flatMap((step) =>
          [
            ['λ₋', step.eigenvalueMin],
            ['λ₊', step.eigenvalueMax],
            ['α', step.alpha],
            ['κ', step.conditionNumber],
          ].map(([curve, value]) => ({ x: step.step, curve, panel: names[run.rule], value })),
        ),
      ),
      x: 'step',
      y: 'eigenvalues of M, and κ',
      log: true,
      height: first.length > 1 ? 190 : 260,
    }),
    lines({
      name: `${name}-layers`,
      title: 'Which layer pays: the alignment of each and of the whole',
      caption: `${words}, seed ${seeds[0]}: the cosine of the angle between y and g, layer by layer and for all weights together. Below 0 a layer climbs its own gradient.`,
      alt: 'Curves between −1 and 1 over the steps, one a layer and one for the whole.',
      rows: first.flatMap((run) =>
        run.steps.flatMap((step) =>
          [
            ...step.layers.map(({ psi }, l) => [`layer ${l + 1}`, psi]),
            ['the whole', step.discreteGradient === null ? step.psi : null],
          ].map(([curve, psi]) => ({
            x: step.step,
            curve,
            panel: names[run.rule],
            value: psi === null ? null : Math.cos(psi),
          })),
        ),
      ),
      x: 'step',
      y: 'cos ψ',
      height: first.length > 1 ? 190 : 260,
    }),
  ];
  if (name !== 'overshoot') return figures;
  return [
    ...figures,
    lines({
      name: `${name}-decrease`,
      title: 'Single steps overshoot, and the loss falls all the same',
      caption: `${words}: L(θ) − L(θ') of every step on its own batch; ${seedWords}. Below 0 the step went too far.`,
      alt: 'Scattered decreases, some of them below 0.',
      rows: perStep(runs, (step) => step.decrease),
      x: 'step',
      y: 'decrease of the loss',
    }),
  ];
}
