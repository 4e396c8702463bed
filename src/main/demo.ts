import { Option, type Command } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { printJson, progressFor } from '../cli/output.js';
import type { Progress } from '../cli/progress/progress.js';
import { provideCosign } from '../embedded/cosign.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { buildExample } from './demo-build.js';
import { demoReport, demoSteps, printDemo, printEnd } from './demo-report.js';
import { printDemoChecks, verifyDemo } from './demo-verify.js';
import { serveForDemo } from './demo-stack.js';
import { METHOD_NAMES } from '../engines/methods.js';
import { addExamples } from '../cli/options.js';

interface DemoOptions {
  readonly state?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly verify?: boolean;
  /** A method, or `all`. */
  readonly method: string;
}

/** `kiln demo`: from nothing to a real image, built by BuildKit under Temporal, pushed, and read back from the registry. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln demo': 'build, push, read back, and stop again',
    'kiln demo --keep': 'and go on serving',
    'kiln demo --method all --verify': 'by every method, and a line for each check of each image',
    'kiln demo --method all': 'the same by every method, one after the other',
  });
  command
    .addOption(
      new Option('--method <name>', 'build method, or all of them')
        .choices([...METHOD_NAMES, 'all'])
        .default('buildx'),
    )
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--keep', 'leave Kiln serving afterwards')
    .option('--verify', 'verify what was built, also with cosign, which is installed for that')
    .option('--json', 'end with one line of JSON on stdout')
    .action((options: DemoOptions) => demo(cli, options));
}

/** The first time cosign is compiled, which takes some minutes. */
async function cosignFor(progress: Progress): Promise<void> {
  const task = progress.task('cosign');
  await provideCosign((text) => task.update(text));
  task.done();
}

async function demo(cli: Cli, options: DemoOptions): Promise<void> {
  const startedAt = Date.now();
  const stateFolder = path.resolve(cli.cwd, options.state ?? defaultStateFolder());
  const progress = progressFor(cli, {});
  const methods = options.method === 'all' ? METHOD_NAMES : [options.method];
  if (options.verify === true) await cosignFor(progress);
  const server = await serveForDemo(stateFolder, methods, progress).catch((error: unknown) => {
    progress.close();
    throw error;
  });
  try {
    progress.close();
    const kept = options.keep === true || !server.isStarted ? stateFolder : null;
    for (const method of methods) {
      const sinceMs = methods.length === 1 ? startedAt : Date.now();
      const built = await buildExample(cli, server.access, method);
      const report = { method, ...(await demoReport(built, server.access, Date.now() - sinceMs)) };
      const checks =
        options.verify === true && report.image !== null
          ? await verifyDemo(report.image, server.access)
          : null;
      if (report.status !== 'success' || checks?.some(({ state }) => state === 'fails')) cli.exitCode = 1;
      if (options.json === true) printJson(cli, checks === null ? report : { ...report, checks });
      else {
        printDemo(cli, report, await demoSteps(built.build_id, server.access));
        if (checks !== null) printDemoChecks(cli, method, checks);
      }
    }
    if (options.json !== true) printEnd(cli, kept, server.access.api_url);
  } finally {
    if (options.keep === true) server.leave();
    else await server.stop();
  }
}
