import type { Certificate, Monitor } from '../../src/index.js';

/** A step with what was certified of it, and the parameters before and after it. */
export interface WatchedStep {
  readonly certificate: Certificate;
  readonly before: number[];
  readonly after: number[];
}

/** The steps that `watch` certifies from `start` on. The caller says where each of them led, and when there are no more. */
export function watchedSteps(
  watch: Monitor,
  start: number[],
): { ledTo: (theta: number[]) => void; finish: () => Promise<WatchedStep[]> } {
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  const thetas = [start];
  return {
    ledTo: (theta) => {
      thetas.push(theta);
    },
    finish: async () => {
      await watch.detach();
      return certificates.map((certificate) => ({
        certificate,
        before: thetas[certificate.step] as number[],
        after: thetas[certificate.step + 1] as number[],
      }));
    },
  };
}
