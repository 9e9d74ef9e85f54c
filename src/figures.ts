/**
 * The paper's figures as data, and as SVG where Observable Plot and linkedom are installed.
 *
 * @packageDocumentation
 */
export { type Cell, colors, type Figure, figureSvg, type SvgOptions } from './report/figure.js';
export { loadPlotting, type Plotting } from './report/plotting.js';
export { type Ball, ball, type Point } from './report/figures/ball.js';
export { alphaDial } from './report/figures/alphaDial.js';
export { metricBall } from './report/figures/metricBall.js';
export { type Moment, movingBall } from './report/figures/movingBall.js';
export { spectrumAgainstPsi } from './report/figures/spectrumAgainstPsi.js';
