import { Matrix } from 'ml-matrix';
import { certify } from '../../../src/certificates/certify.js';
import { externalStep } from '../../../src/cli/externalStep.js';
import { angle } from '../../../src/geometry/angle.js';
import { Findings } from './compare.js';

export interface FeedbackCase {
  w1: number[][];
  w2: number[][];
  feedback: number[][];
  x: number[][];
  target: number[][];
  eta: number;
  steps: {
    loss: number;
    alignment: number;
    psi: number;
    perLayerAlignment: number[];
    eigenvalueMin?: number;
    eigenvalueMax?: number;
    conditionNumber?: number;
  }[];
}

/** Trains the linear network again, from the given start, and certifies each step as the command line would. */
export function checkFeedbackAlignment(cases: readonly FeedbackCase[]): string[] {
  const found = new Findings();
  cases.forEach((one, i) => {
    const [x, target, feedback] = [new Matrix(one.x), new Matrix(one.target), new Matrix(one.feedback)];
    const w1 = new Matrix(one.w1);
    const w2 = new Matrix(one.w2);
    one.steps.forEach((step, k) => {
      const path = `cases[${i}].steps[${k}]`;
      const hidden = x.mmul(w1);
      const error = hidden.mmul(w2).sub(target);
      const e = Matrix.div(error, x.rows);
      const output = hidden.transpose().mmul(e).mul(-1);
      const backpropagated = x.transpose().mmul(e.mmul(w2.transpose())).mul(-1);
      const aligned = x.transpose().mmul(e.mmul(feedback)).mul(-1);
      const record = externalStep(
        {
          y: [...backpropagated.to1DArray(), ...output.to1DArray()],
          g: [...aligned.to1DArray(), ...output.to1DArray()],
          eta: one.eta,
          variables: [
            { name: 'w1', size: w1.rows * w1.columns },
            { name: 'w2', size: w2.rows * w2.columns },
          ],
        },
        k,
      );
      const certificate = certify(record);
      found.close(
        `${path}.loss`,
        step.loss,
        error.to1DArray().reduce((sum, each) => sum + each * each, 0) / (2 * x.rows),
        1e-10,
      );
      found.close(`${path}.alignment`, step.alignment, certificate.alignment.value ?? Number.NaN, 1e-9);
      found.is(`${path}.verdict`, step.alignment > 0, certificate.verdict === 'natural-gradient');
      step.perLayerAlignment.forEach((share, layer) => {
        found.close(
          `${path}.perLayerAlignment[${layer}]`,
          share,
          certificate.variables[layer]?.alignment ?? Number.NaN,
          1e-8,
        );
      });
      found.is(`${path}.perLayerAlignment.length`, step.perLayerAlignment.length, certificate.variables.length);
      // Above a right angle, too, where no metric is.
      found.close(`${path}.psi`, step.psi, (record.gram && angle(record.gram)?.psi) ?? Number.NaN, 1e-9);
      if (step.alignment > 0) {
        found.close(`${path}.metric.psi`, step.psi, certificate.metric?.psi ?? Number.NaN, 1e-9);
        found.close(
          `${path}.eigenvalueMin`,
          step.eigenvalueMin ?? Number.NaN,
          certificate.metric?.eigenvalueMin ?? Number.NaN,
          1e-7,
        );
        found.close(
          `${path}.eigenvalueMax`,
          step.eigenvalueMax ?? Number.NaN,
          certificate.metric?.eigenvalueMax ?? Number.NaN,
          1e-9,
        );
        found.close(
          `${path}.conditionNumber`,
          step.conditionNumber ?? Number.NaN,
          certificate.metric?.conditionNumber ?? Number.NaN,
          1e-7,
        );
      }
      w1.add(Matrix.mul(aligned, one.eta));
      w2.add(Matrix.mul(output, one.eta));
    });
  });
  return found.problems;
}
