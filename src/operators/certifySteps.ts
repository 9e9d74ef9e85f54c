import { map, type OperatorFunction } from 'rxjs';
import type { Certificate } from '../certificates/certificate.js';
import { certify } from '../certificates/certify.js';
import type { StepRecord } from '../certificates/stepRecord.js';

/** Lifts `certify`: one certificate for each record, in order. Errors and completion pass through. */
export const certifySteps = (): OperatorFunction<StepRecord, Certificate> => map(certify);
