/** `factor · v`, a new vector. (`map` with a function would take twice to fifteen times as long.) */
export function scaled(v: ArrayLike<number>, factor: number): Float64Array {
  const result = new Float64Array(v.length);
  for (let i = 0; i < result.length; i++) result[i] = factor * (v[i] as number);
  return result;
}
