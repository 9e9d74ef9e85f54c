#!/usr/bin/env node
import { Command, Option } from 'commander';
import type { DemoOptions } from './demo.js';
import type { GalleryOptions } from './gallery.js';
import { integerOption, numberOption } from './numberOption.js';
import { version } from '../version.js';
import type { SweepCommand } from './sweep.js';
import { messageOf } from '../messageOf.js';

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

const positive = numberOption('a number > 0', (value) => value > 0 && Number.isFinite(value));
const share = numberOption('a number in (0, 1)', (value) => value > 0 && value < 1);

program
  .command('demo')
  .description(
    'train a small network on the MNIST digits with the monitor on, and raise the rate half-way so that an alert is seen',
  )
  .addOption(backends)
  .option('-o, --output <file>', 'where the run is recorded', 'runs/demo.jsonl')
  .option('--epochs <n>', 'passes over 6,000 digits', integerOption(1), 4)
  .option('--seed <n>', 'seed of the initial weights', integerOption(0), 1)
  .action(async (options: DemoOptions) => {
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
  .command('sweep')
  .description('one step over a range of rates: the loss, both bounds of the step size, and where it overshoots')
  .argument(
    '[module]',
    'a module that exports `loss`, `variables` and, if it likes, `direction` (default: MNIST digits)',
  )
  .addOption(backends)
  .option('--from <rate>', 'smallest rate', positive)
  .option('--to <rate>', 'largest rate; without both, a range around where the loss stops being lower', positive)
  .option('--count <n>', 'how many rates, evenly in their logarithm', integerOption(2), 20)
  .addOption(
    new Option('--discrete-gradient <kind>', 'which ȳ')
      .choices(['projected', 'midpoint', 'mean-value', 'taylor', 'coordinate-increment'])
      .default('taylor'),
  )
  .option('--products <n>', 'products with the Hessian a rate', integerOption(1), 32)
  .option('--delta <p>', 'chance at which a lower bound of the curvature may fail', share, 0.01)
  .option('--steps <n>', 'steps of training before the one that is swept (without a module)', integerOption(0), 30)
  .option('--seed <n>', 'seed of the initial weights (without a module)', integerOption(0), 1)
  .option('--json <file>', 'where the numbers are written')
  .option('--svg <file>', 'where the pictures are written')
  .action(async (module: string | undefined, options: SweepCommand) => {
    const { sweep } = await import('./sweep.js');
    process.exitCode = await sweep(module, options);
  });

program
  .command('gallery')
  .description(
    'train every learning rule there is on the same small problem, and say of each in what sense it is natural gradient descent',
  )
  .option('--json <file>', 'write the rows as JSON; - writes them to stdout, in place of the table')
  .option('--svg <file>', 'write the picture (needs @observablehq/plot and linkedom)')
  .option('--steps <n>', 'steps of each rule', integerOption(1), 200)
  .option('--seed <n>', 'of the problem and of all that is random in the rules', integerOption(0), 1)
  .action(async (options: GalleryOptions) => {
    const { gallery } = await import('./gallery.js');
    process.exitCode = await gallery(options);
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
  process.stderr.write(`steepest: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
