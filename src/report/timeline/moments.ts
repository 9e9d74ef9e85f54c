import type { MetricSummary } from '../../certificates/certificate.js';

/** A step that has a metric. */
export interface Moment {
  readonly step: number;
  readonly metric: MetricSummary;
}

/** Some of the steps with a metric, evenly over the run, at most `limit`; those of the least and the largest ψ are among them. O(1) a step. */
export class Moments {
  #kept: Moment[] = [];
  #stride = 1;
  #seen = 0;
  #least: Moment | null = null;
  #most: Moment | null = null;

  constructor(private readonly limit: number) {}

  take(step: number, metric: MetricSummary): void {
    const moment = { step, metric };
    if (this.#least === null || metric.psi < this.#least.metric.psi) this.#least = moment;
    if (this.#most === null || metric.psi > this.#most.metric.psi) this.#most = moment;
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push(moment);
    if (this.#kept.length <= this.limit - 2) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** In the order of the run. */
  get all(): Moment[] {
    const extremes = [this.#least, this.#most].filter((moment) => moment !== null);
    return [...new Set([...this.#kept, ...extremes])].sort((one, other) => one.step - other.step);
  }
}
