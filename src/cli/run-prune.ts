import { setTimeout as sleep } from 'node:timers/promises';
import { getPrune, previewPrune, pruneImages } from '../contracts/retention-operations.js';
import type { Prune, PrunePreview } from '../contracts/retention.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { usageFailure } from './failure.js';
import { askYesNo } from './ask-yes-no.js';
import { listSlugs } from './list-slugs.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf } from './output.js';
import { pruneLines, previewLines } from './views/prune-lines.js';

export interface PruneOptions extends ConnectionOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

interface Planned {
  readonly project: string;
  readonly preview: PrunePreview;
}

const LOOK_MS = 300;
const ASK_REGISTRIES = { ask_registries: 'true' } as const;

/** `kiln images prune`: shows what would go, asks, removes, tells what became of it. Gives the exit code. */
export async function runPrune(
  cli: Cli,
  project: string | undefined,
  options: PruneOptions,
): Promise<number> {
  const client = connect(cli, options);
  const planned: Planned[] = [];
  for (const slug of project === undefined
    ? await listSlugs(client, ({ retention }) => retention != null)
    : [project])
    planned.push({
      project: slug,
      preview: await client.call(previewPrune, { params: { project: slug }, query: ASK_REGISTRIES }),
    });
  const style = styleOf(cli, cli.stdout);
  if (options.json !== true) {
    for (const one of planned)
      print(cli, previewLines(one.project, one.preview, { style, withStays: options.dryRun === true }));
    if (planned.length === 0) print(cli, ['No project has a retention: nothing is ever removed.']);
  }
  const goes = planned.filter(({ preview }) => preview.goes.length > 0);
  if (options.dryRun === true || goes.length === 0 || !(await isWanted(cli, goes, options))) {
    if (options.json === true) printJson(cli, { projects: planned });
    return EXIT.success;
  }
  const prunes = new Map<string, Prune>();
  for (const one of goes) {
    const prune = await pruned(client, one.project);
    prunes.set(one.project, prune);
    if (options.json !== true) print(cli, pruneLines(one.project, prune, style));
  }
  if (options.json === true)
    printJson(cli, { projects: planned.map((one) => ({ ...one, prune: prunes.get(one.project) ?? null })) });
  return [...prunes.values()].some(({ troubles }) => troubles.length > 0) ? EXIT.failed : EXIT.success;
}

/** A person is asked; a script has to say so itself. */
async function isWanted(cli: Cli, goes: readonly Planned[], options: PruneOptions): Promise<boolean> {
  if (options.yes === true) return true;
  const count = goes.reduce((sum, { preview }) => sum + preview.goes.length, 0);
  if (cli.stdin.isTTY === true && options.json !== true)
    return askYesNo(cli, `Remove ${count === 1 ? 'this image' : `these ${count} images`}?`);
  throw usageFailure(
    'Nobody can be asked here, so nothing is removed.',
    'Add --yes to remove what is shown, or --dry-run to look only.',
  );
}

async function pruned(client: Client, project: string): Promise<Prune> {
  const { id } = await client.call(pruneImages, { params: { project } });
  for (;;) {
    const prune = await client.call(getPrune, { params: { prune: id } });
    if (prune.completed_at !== null) return prune;
    await sleep(LOOK_MS);
  }
}
