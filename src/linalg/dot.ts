/** `Σ uᵢ vᵢ` in float64. */
export function dot(u: ArrayLike<number>, v: ArrayLike<number>): number {
  const size = u.length;
  // Four sums, so that one addition need not wait for the one before.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < size; i += 4) {
    a += (u[i] as number) * (v[i] as number);
    b += (u[i + 1] as number) * (v[i + 1] as number);
    c += (u[i + 2] as number) * (v[i + 2] as number);
    d += (u[i + 3] as number) * (v[i + 3] as number);
  }
  for (; i < size; i++) a += (u[i] as number) * (v[i] as number);
  return a + b + (c + d);
}
