import { createRequire } from 'node:module';

const required = (process.env['STEEPEST_REQUIRE'] ?? '').split(',').includes('node');

function load(): string | null {
  try {
    createRequire(import.meta.url)('@tensorflow/tfjs-node');
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] as string) : String(error);
  }
}

/** Why the tests of the backend of tfjs-node can't run here, or `null` where they can. Loads it, and makes it the backend in use. */
export const nodeMissing = load();

/** For `describe.skipIf`: tfjs-node is not here, and nobody insists (STEEPEST_REQUIRE=node does). */
export const skipNode = nodeMissing !== null && !required;
