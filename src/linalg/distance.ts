/** `‖u − v‖` in float64. */
export function distance(u: ArrayLike<number>, v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += ((u[i] as number) - (v[i] as number)) ** 2;
  return Math.sqrt(sum);
}
