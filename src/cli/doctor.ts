import Table from 'cli-table3';
import pc from 'picocolors';
import { type BackendReport, useBackend } from '../../callbacks/backends.js';
import { environment } from '../../callbacks/environment.js';
import { type HessianSupport, hessianSupport } from '../../callbacks/hessian/support.js';
import { knownWrongGradients } from '../../callbacks/knownWrongGradients.js';
import { bareTable } from '../report/bareTable.js';
import { version } from '../version.js';
import { withoutBanner } from './withoutBanner.js';

/** What the doctor found. */
interface Diagnosis {
  readonly steepest: string;
  readonly node: string;
  readonly tfjs: string;
  readonly backends: readonly BackendReport[];
}

const inPages = 'needs a browser; all conditions as everywhere, read back asynchronously';
const browserOnly: readonly BackendReport[] = [
  {
    name: 'webgl',
    available: false,
    reason: `${inPages}; TensorFlow.js trains the padding of odd widths behind a sigmoid along: unresolved where it does`,
  },
  { name: 'webgpu', available: false, reason: inPages },
];

/** `steepest doctor`. @returns the exit code: 1 if no backend works here */
export async function doctor(json: boolean): Promise<number> {
  const found: BackendReport[] = [];
  await withoutBanner(async () => {
    for (const name of ['node', 'wasm', 'cpu'] as const) found.push(await useBackend(name));
  });
  const diagnosis: Diagnosis = {
    steepest: version,
    node: process.version,
    tfjs: environment().tfjs,
    backends: [...found, ...browserOnly],
  };
  if (json)
    console.log(
      JSON.stringify(
        { ...diagnosis, secondDerivatives: hessianSupport(), wrongGradients: knownWrongGradients() },
        null,
        2,
      ),
    );
  else print(diagnosis);
  return found.some((backend) => backend.available) ? 0 : 1;
}

function print({ steepest, node, tfjs, backends }: Diagnosis): void {
  console.log(`steepest ${steepest} · TensorFlow.js ${tfjs} · Node ${node}\n`);
  for (const { name, available, reason } of backends) {
    console.log(`${available ? pc.green('✓') : pc.dim('–')} ${name.padEnd(8)} ${reason}`);
  }
  const support = hessianSupport();
  console.log('\nsecond derivatives, by the kernels a loss runs:\n');
  const table = new Table({ ...bareTable(), colWidths: [20, 84], wordWrap: true });
  for (const status of ['exact', 'differences', 'unsupported'] as const) {
    const kernels = support.filter((row) => row.status === status).map(({ op }) => op);
    if (kernels.length > 0) table.push([`${meanings[status]} (${String(kernels.length)})`, kernels.join(', ')]);
  }
  console.log(table.toString());
  console.log(
    '\ngradients that TensorFlow.js has wrong; a step through one is `unresolved`, with what to do about it:\n',
  );
  const flawed = new Table({ ...bareTable(), colWidths: [22, 56, 30], wordWrap: true });
  for (const { kernel, of, on } of knownWrongGradients()) flawed.push([kernel, of, on.join(', ')]);
  console.log(flawed.toString());
}

const meanings: Readonly<Record<HessianSupport['status'], string>> = {
  exact: 'exact',
  differences: 'differences',
  unsupported: 'not here',
};
