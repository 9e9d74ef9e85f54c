/** TensorFlow.js recommends its native backend on stderr when it starts; that is not what was asked. */
export async function withoutBanner<T>(body: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return await body();
  } finally {
    console.warn = warn;
  }
}
