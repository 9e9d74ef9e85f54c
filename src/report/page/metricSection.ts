import { drawable, metricFigures } from '../pictures/metric.js';
import type { Plotting } from '../plotting.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { html, type Html } from './html.js';
import { motion } from './motion.js';
import { pictured } from './section.js';

/** The metrics of single steps: the paper's figures of this run. */
export const metricSection = (plotting: Plotting, runs: readonly RunDigest[]): Html =>
  html`<section id="metric" aria-labelledby="metric-title">
    <h2 id="metric-title">The metric</h2>
    <p>
      A step that descends is the steepest one if lengths are measured in the metric M. Here is the best-conditioned of
      all such M, in the plane of y (negative gradient) and g (update over learning rate).
    </p>
    ${runs.flatMap((run) =>
      metricFigures(runs, run).map(
        (figure) =>
          html`<h3 id="${figure.name}">${figure.title}</h3>
            ${pictured(plotting, figure, figure.name.startsWith('moving-ball') ? motion(figure.name, drawable(run), figure.alt) : null)}`,
      ),
    )}
  </section> `;
