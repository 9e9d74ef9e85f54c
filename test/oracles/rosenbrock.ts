/** `Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²`, its gradient and its Hessian, in float64. */
export const rosenbrock = (x: readonly number[]): number =>
  x.slice(1).reduce((sum, next, i) => sum + 100 * (next - (x[i] as number) ** 2) ** 2 + (1 - (x[i] as number)) ** 2, 0);

export function rosenbrockGradient(x: readonly number[]): number[] {
  const gradient = x.map(() => 0);
  for (let i = 0; i + 1 < x.length; i++) {
    const [here, next] = [x[i] as number, x[i + 1] as number];
    const d = next - here ** 2;
    gradient[i] = (gradient[i] as number) - 400 * here * d - 2 * (1 - here);
    gradient[i + 1] = (gradient[i + 1] as number) + 200 * d;
  }
  return gradient;
}

export function rosenbrockHessian(x: readonly number[]): number[][] {
  const hessian = x.map(() => x.map(() => 0));
  for (let i = 0; i + 1 < x.length; i++) {
    const [here, next] = [x[i] as number, x[i + 1] as number];
    const row = hessian[i] as number[];
    const below = hessian[i + 1] as number[];
    row[i] = (row[i] as number) - 400 * (next - 3 * here ** 2) + 2;
    row[i + 1] = -400 * here;
    below[i] = -400 * here;
    below[i + 1] = (below[i + 1] as number) + 200;
  }
  return hessian;
}
