import type { Certificate } from '../certificates/certificate.js';
import type { Alert } from './alert.js';

/** A rule over certificates: state goes in and comes out, nothing is hidden. */
export interface AlertRule<S = unknown> {
  readonly name: string;
  init(): S;
  /** The next state, and an alert where there is cause for one. */
  update(state: S, certificate: Certificate): readonly [S, Alert | null];
}
