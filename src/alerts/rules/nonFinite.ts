import type { Certificate } from '../../certificates/certificate.js';
import { persistent, type Persistence } from '../persistent.js';
import type { AlertRule } from '../rule.js';

const cause = ({ alignment, effective }: Certificate): string | null =>
  [alignment.reason, effective.reason].find((reason) => reason.startsWith('non-finite')) ?? null;

/** A loss, a gradient or an update holds NaN or Infinity. @param persistence @default at once */
export const nonFinite = (persistence: Persistence = { coolDown: 1000 }): AlertRule =>
  persistent({
    name: 'non-finite',
    persistence,
    signal: (certificate) => (cause(certificate) === null ? 'clear' : 'alarm'),
    words: (certificate) => ({
      level: 'error',
      title: 'NaN or Infinity',
      message: `at step ${String(certificate.step)}: ${cause(certificate) ?? ''}. Nothing can be certified from here on; the weights are probably lost.`,
      evidence: { loss: certificate.lossBefore, learningRate: certificate.learningRate },
    }),
  });
