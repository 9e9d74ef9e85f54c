/**
 * The paper's figures as data, and as SVG where Observable Plot and linkedom are installed.
 *
 * @packageDocumentation
 */
export { type Cell, type Figure, figureSvg, type SvgOptions } from './report/figure.js';
export { loadPlotting, type Plotting } from './report/plotting.js';
