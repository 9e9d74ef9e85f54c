// npm run setup:tfjs-node: installs the optional peer @tensorflow/tfjs-node, and makes its binary where it can't be downloaded.
//
// The ordinary way comes first. Where the host of the binaries can't be reached, TensorFlow itself is taken from the Python
// wheel `tensorflow-cpu` (x86-64 Linux) and the addon is compiled against it. May be run again; leaves nothing temporary behind.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
const wheel = { name: 'tensorflow-cpu', version: '2.15.1', python: '3.11', platform: 'manylinux2014_x86_64' };
const minute = 60_000;
const begun = performance.now();

class SetupError extends Error {}

const say = (text) => console.log(`[${((performance.now() - begun) / 1000).toFixed(1)} s] ${text}`);

/** Runs a program quietly; its last words are in the error. `null`: it is not there. */
function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 10 * minute, cwd: root, ...options });
  if (done.error?.code === 'ENOENT') return null;
  const output = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim();
  return { ok: done.status === 0, output, end: output.split('\n').slice(-12).join('\n') };
}

const npm = (args, options) => run('npm', args, { shell: process.platform === 'win32', ...options });

/** Does the package load, with its binary, in a process of its own? */
function works() {
  if (!existsSync(folder)) return false;
  const script = "require('@tensorflow/tfjs-node').ready().then(() => process.exit(0), () => process.exit(1))";
  return run(process.execPath, ['-e', script], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } })?.ok === true;
}

function installPackage() {
  const { version } = createRequire(import.meta.url)('@tensorflow/tfjs-core/package.json');
  const present =
    existsSync(join(folder, 'package.json')) && JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  if (present === version) return;
  say(`installing @tensorflow/tfjs-node@${version}, without its binary`);
  // As a development dependency: npm takes an optional peer that is asked for as one to be left out.
  const done = npm(['install', '--no-save', '--save-dev', '--ignore-scripts', `@tensorflow/tfjs-node@${version}`]);
  if (done?.ok && existsSync(join(folder, 'package.json'))) return;
  throw new SetupError(
    `npm could not install @tensorflow/tfjs-node@${version}; is the npm registry reachable?\n${done?.end ?? 'there is no npm on the PATH'}`,
  );
}

async function ordinaryWay() {
  const host = process.env.TFJS_NODE_CDN_STORAGE ?? process.env.CDN_STORAGE ?? 'https://storage.googleapis.com/';
  const proxied = Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name));
  // The installer itself waits without end for a host that does not answer.
  if (!proxied) {
    try {
      await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    } catch {
      say(`its binary can't be downloaded: ${host} can't be reached`);
      return;
    }
  }
  say('downloading its binary, the ordinary way');
  const done = npm(['rebuild', '@tensorflow/tfjs-node'], { timeout: 5 * minute });
  if (!done?.ok) say('its binary could not be downloaded or built the ordinary way');
}

/** The Python that has pip. */
function python() {
  for (const name of [process.env.PYTHON, 'python3.11', 'python3', 'python']) {
    if (name && run(name, ['-m', 'pip', '--version'])?.ok) return name;
  }
  throw new SetupError('expected a Python 3 with pip, found none. On Debian: apt-get install python3 python3-pip');
}

function downloadWheel(interpreter, where) {
  say(`downloading ${wheel.name} ${wheel.version} from the Python package index (about 200 MB)`);
  const done = run(interpreter, [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
    ...['--python-version', wheel.python, '--platform', wheel.platform, '--dest', where],
    `${wheel.name}==${wheel.version}`,
  ]);
  const file = readdirSync(where).find((name) => name.endsWith('.whl'));
  if (done?.ok && file) return join(where, file);
  throw new SetupError(
    `pip could not download ${wheel.name} ${wheel.version}; is the Python package index reachable?\n${done?.end}`,
  );
}

const unpacking = `
import os, shutil, sys, zipfile
wheel, deps = sys.argv[1:]
headers = ('tensorflow/include/tsl/', 'tensorflow/include/tensorflow/c/', 'tensorflow/include/tensorflow/core/platform/')
libraries = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries:
            target = os.path.join(deps, 'lib', os.path.basename(name))
        elif name.startswith(headers) and not name.endswith('/'):
            target = os.path.join(deps, 'include', name[len('tensorflow/include/'):])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as source, open(target, 'wb') as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
`;

function unpack(interpreter, archive) {
  say('unpacking the libraries and headers');
  const deps = join(folder, 'deps');
  rmSync(deps, { recursive: true, force: true });
  const done = run(interpreter, ['-c', unpacking, archive, deps]);
  if (!done?.ok) throw new SetupError(`the wheel could not be unpacked; is there 1 GB of free disk?\n${done?.end}`);
  mkdirSync(join(deps, 'lib'), { recursive: true });
  symlinkSync('libtensorflow_cc.so.2', join(deps, 'lib', 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(deps, 'lib', 'libtensorflow_framework.so'));
}

function compile() {
  for (const tool of ['make', 'g++']) {
    if (run(tool, ['--version']) === null)
      throw new SetupError(
        `expected \`${tool}\` to compile the addon with, found none. On Debian: apt-get install build-essential`,
      );
  }
  say('compiling the addon');
  // The headers that lie beside this very Node; without them node-gyp downloads some.
  const prefix = resolve(dirname(process.execPath), '..');
  const own = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const env = own ? { ...process.env, npm_config_nodedir: prefix } : process.env;
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  const done = npm(['run', 'build-addon-from-source'], { cwd: folder, env });
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  if (!done?.ok) throw new SetupError(`the addon could not be compiled:\n${done?.end}`);
}

function fromWheel() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `its binary can only be made from the ${wheel.name} wheel on x86-64 Linux, this is ${process.arch} ${process.platform}; try again where tfjs-node can download its own`,
    );
  }
  const interpreter = python();
  const temporary = mkdtempSync(join(tmpdir(), 'steepest-tfjs-node-'));
  const clean = () => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', clean);
  try {
    unpack(interpreter, downloadWheel(interpreter, temporary));
  } finally {
    clean();
  }
  compile();
}

async function setup() {
  if (works()) return say('@tensorflow/tfjs-node works here already');
  installPackage();
  if (!works()) await ordinaryWay();
  if (!works()) fromWheel();
  if (works()) return say('@tensorflow/tfjs-node works');
  const trial = run(process.execPath, ['-e', "require('@tensorflow/tfjs-node')"]);
  throw new SetupError(`everything was built, and still @tensorflow/tfjs-node does not load:\n${trial?.end}`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
try {
  await setup();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup:tfjs-node: ${error.message}`);
  console.error('Steepest works without it, on the backends wasm and cpu.');
  process.exitCode = 1;
}
