/** An answer that has not to be waited for: it asks for nothing. */
export function* known<T>(answer: T): Generator<never, T, never> {
  return answer;
}

/** What a computation gives that has nothing to wait for. */
export function answered<T>(asking: Generator<never, T, never>): T {
  const { done, value } = asking.next();
  if (!done) throw new Error('a question was left over');
  return value;
}
