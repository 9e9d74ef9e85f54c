// Measures steps in a process of their own. Run as a program: node bench/stepAlone.mjs BACKEND PROBLEM WATCHES quick|full, a row a line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(import.meta.url);

/** As `sideBySide`. */
export async function* stepAlone(backend, problem, names, quick) {
  const arguments_ = [program, backend, problem.name, names.join(), quick ? 'quick' : 'full'];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  child.stderr.on('data', (data) => said.push(data));
  const closed = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{')) yield JSON.parse(line);
  const code = await closed;
  if (code !== 0)
    throw new Error(`bench/stepAlone: ${arguments_.slice(1).join(' ')} ended with ${code}:\n${said.join('')}`);
}

if (process.argv[1] === program) {
  const [backend, name, watches, thoroughness] = process.argv.slice(2);
  const { problems, useBackend } = await import('./problems.mjs');
  const { sideBySide } = await import('./step.mjs');
  console.warn = () => undefined;
  await useBackend(backend);
  const problem = problems.find((each) => each.name === name);
  for await (const row of sideBySide(backend, problem, watches.split(','), thoroughness === 'quick'))
    console.log(JSON.stringify(row));
}
