#!/usr/bin/env node
import { Command, Option } from 'commander';
import { version } from '../version.js';

const program = new Command('steepest')
  .description('Effective learning is steepest descent in some metric. Steepest shows when, and in which.')
  .version(version)
  .showHelpAfterError('(steepest --help shows what there is)')
  .addHelpText(
    'after',
    '\nExit codes: 0 all well; 1 something could not be read, or a check failed; 2 the command line was not understood.',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const backends = new Option('-b, --backend <name>', 'TensorFlow.js backend')
  .choices(['auto', 'node', 'wasm', 'cpu'])
  .default('auto');

program
  .command('demo')
  .description(
    'train a small network on the MNIST digits with the monitor on, and raise the rate half-way so that an alert is seen',
  )
  .addOption(backends)
  .option('-o, --output <file>', 'where the run is recorded', 'runs/demo.jsonl')
  .option('--epochs <n>', 'passes over 6,000 digits', '4')
  .option('--seed <n>', 'seed of the initial weights', '1')
  .action(async (options: { backend: string; output: string; epochs: string; seed: string }) => {
    const { demo } = await import('./demo.js');
    process.exitCode = await demo(options);
  });

program
  .command('certify')
  .description(
    'certify recorded steps: one certificate a line on stdout, an error in the place of each line that cannot be read',
  )
  .argument(
    '<file>',
    'a recorded run, or lines {"y":[…],"g":[…],"eta":…,"lossBefore":…,"lossAfter":…} of any framework; - reads stdin',
  )
  .addHelpText(
    'after',
    '\nExit codes: 0 every line was certified (a torn last line is skipped with a warning); 1 some line, or the file, could not be read.',
  )
  .action(async (file: string) => {
    const { certifyFile } = await import('./certifyFile.js');
    process.exitCode = await certifyFile(file);
  });

program
  .command('report')
  .description('one page to look at, with every picture and every number, of a recorded run or of two to compare')
  .argument('<runs...>', 'one recorded run, or two')
  .option('-o, --output <file>', 'the page: one file, which loads nothing', 'report.html')
  .option('--svg <folder>', 'the pictures as SVG files as well, for papers')
  .option('--png <folder>', 'the pictures as PNG files as well')
  .action(async (runs: string[], options: { output: string; svg?: string; png?: string }) => {
    const { report } = await import('./report.js');
    process.exitCode = await report(runs, options);
  });

program
  .command('doctor')
  .description('versions, backends, and what works on each')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) => {
    const { doctor } = await import('./doctor.js');
    process.exitCode = await doctor(options.json === true);
  });

try {
  await program.parseAsync();
} catch (error) {
  // What goes wrong here is the user's surroundings, not a line of code to look at.
  process.stderr.write(`steepest: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
