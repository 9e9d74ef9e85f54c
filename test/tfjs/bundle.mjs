import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const project = resolve(import.meta.dirname, '../..');
const published = (name) => join(project, 'node_modules/@tensorflow', name, 'dist');

/** Tells `globalThis.onOptimizer` of every optimizer that is made, whoever makes it: a factory, `new`, or `fromConfig`. */
const announceOptimizers = {
  name: 'announce optimizers',
  setup: (building) => {
    building.onLoad({ filter: /tfjs-core\/dist\/optimizers\/\w+_optimizer\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const [, name] = /^export class (\w+Optimizer) extends/m.exec(source) ?? [];
      if (name === undefined) throw new Error(`test:tfjs: expected ${path} to export an optimizer`);
      const contents = `${source.replace(`export class ${name}`, `class ${name}_`).replaceAll(new RegExp(`\\b${name}\\.className`, 'g'), `${name}_.className`)}
        export const ${name} = new Proxy(${name}_, {
          construct(target, given, asked) {
            const made = Reflect.construct(target, given, asked);
            if (asked === ${name} || asked === target) globalThis.onOptimizer?.(made);
            return made;
          },
        });`;
      return { contents, resolveDir: dirname(path), loader: 'js' };
    });
  },
};

/** Tests in a checkout of TensorFlow.js run against the published package: only what it lacks is taken from the checkout. */
const preferPublished = (checkout) => ({
  name: 'prefer the published package',
  setup: (building) => {
    building.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const sources = join(checkout, 'tfjs-layers/src');
      const inside = relative(sources, resolve(resolveDir, path));
      if (inside.startsWith('..')) return undefined;
      const file = join(published('tfjs-layers'), `${inside}.js`);
      return existsSync(file) ? { path: file } : undefined;
    });
    // The checkout has no packages of its own.
    building.onResolve({ filter: /^@tensorflow\// }, ({ path, importer, kind }) =>
      importer.startsWith(checkout) ? building.resolve(path, { resolveDir: project, kind }) : undefined,
    );
  },
});

/**
 * One program of the tests, TensorFlow.js and Steepest, so that there is one copy of each.
 *
 * @param tests paths of test files; `checkout`: a folder with the sources of TensorFlow.js, or `null`.
 */
export async function bundle(tests, checkout, outfile) {
  const imports = ['./setup.mjs', ...tests].map((path) => `import ${JSON.stringify(path)};`);
  await build({
    stdin: { contents: imports.join('\n'), resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['jasmine-core/*'],
    logLevel: 'error',
    // TensorFlow.js names metrics after their functions.
    keepNames: true,
    // Tests are side effects, whatever a package says of itself.
    ignoreAnnotations: true,
    plugins: [announceOptimizers, ...(checkout === null ? [] : [preferPublished(checkout)])],
  });
}
