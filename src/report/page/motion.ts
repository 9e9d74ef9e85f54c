import { colors } from '../figure.js';
import { evenly } from '../figures/movingBall.js';
import { degrees, short } from '../figures/words.js';
import type { Moment } from '../timeline/moments.js';
import { html, type Html, trusted } from './html.js';

const mostFrames = 60;
/** Seconds that each step is held. */
const held = 0.3;
/** Balls that are longer are cut off by the frame. */
const mostReach = 3;
const size = 320;
const words = 44;

/**
 * The ball of the metric moving along a run: a film without a script, by CSS. Each frame is a step as it was, none is made up in between.
 * It can be held still; who asked for less motion, and paper, are shown the small multiples in its place.
 *
 * @param id part of its names: `[a-z0-9-]+`
 */
export function motion(id: string, moments: readonly Moment[], alt: string): Html | null {
  const frames = evenly(moments, mostFrames);
  if (frames.length < 2) return null;
  const reach = frames.reduce((all, { metric }) => Math.max(all, metric.conditionNumber ** 0.25), 1.2);
  const unit = size / 2 / (1.1 * Math.min(mostReach, reach));
  const balls = frames.map(({ metric: { psi, conditionNumber } }) => {
    const long = unit * conditionNumber ** 0.25;
    // The longest axis lies at 45° + ψ/2 from y, which points up.
    return `rotate(${number(turn(Math.PI / 4 + psi / 2))}deg) scale(${number((unit * unit) / long)},${number(long)})`;
  });
  const arrows = frames.map(
    ({ metric: { psi } }) => `rotate(${number(turn(psi))}deg) scale(1,${number(unit / Math.sqrt(Math.cos(psi)))})`,
  );
  const [ball, arrow, word] = [`ball-${id}`, `arrow-${id}`, `word-${id}`];
  const film = `${String(held * frames.length)}s step-end infinite`;
  // Rounded down: never two at once.
  const share = Math.floor(1e5 / frames.length) / 1e3;
  const shownFor = `0%{visibility:visible}${String(share)}%{visibility:hidden}`;
  const rules = [
    `@keyframes ${ball}{${keyframes(balls)}}`,
    `@keyframes ${arrow}{${keyframes(arrows)}}`,
    `@keyframes ${word}{${shownFor}}`,
    `.${ball}{animation:${ball} ${film}}.${arrow}{animation:${arrow} ${film}}.${word}{visibility:hidden;animation:${word} ${film}}`,
  ].join('');
  const bottom = size / 2 + words;
  return html`<div class="motion">
    <style>
      ${trusted(rules)}
    </style>
    <label><input type="checkbox" /> Hold still</label>
    <svg
      role="img"
      aria-label="${`Animation. ${alt}`}"
      viewBox="${-size / 2} ${-size / 2} ${size} ${size + words}"
      width="${size}"
      height="${size + words}"
      font-size="13"
      text-anchor="middle"
      fill="currentColor"
    >
      <circle r="${number(unit)}" fill="none" stroke="currentColor" stroke-opacity="0.35" />
      <circle
        class="${ball}"
        r="1"
        fill="${colors.metric}"
        fill-opacity="0.15"
        stroke="${colors.metric}"
        stroke-width="2"
        vector-effect="non-scaling-stroke"
      />
      <path d="M0,0V${number(-unit)}m-5,8l5,-8l5,8" fill="none" stroke="${colors.y}" stroke-width="2.5" />
      <path class="${arrow}" d="M0,0V-1" stroke="${colors.g}" stroke-width="2.5" vector-effect="non-scaling-stroke" />
      ${frames.map(
        ({ step, metric }, i) =>
          html`<text
            class="${word}"
            y="${bottom - 14}"
            style="${`animation-delay:${number(held * (i - frames.length))}s`}"
          >
            step ${step}: ψ ${degrees(metric.psi)}, κ ${short(metric.conditionNumber)}
          </text>`,
      )}
    </svg>
  </div> `;
}

const keyframes = (transforms: readonly string[]): string =>
  transforms.map((transform, i) => `${number((100 * i) / transforms.length)}%{transform:${transform}}`).join('');

const turn = (radians: number): number => (radians * 180) / Math.PI;

/** As short as a screen needs it. */
const number = (value: number): string => String(Number(value.toFixed(3)));
