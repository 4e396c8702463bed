import { getPrune, previewPrune, pruneImages } from '../contracts/retention-operations.js';
import type { Prune, PrunePreview } from '../contracts/retention.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { confirmPrune, type PruneOptions, untilPruned } from './confirm-prune.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { listSlugs } from './list-slugs.js';
import { print, printJson, styleOf } from './output.js';
import { pruneLines, previewLines } from './views/prune-lines.js';

interface Planned {
  readonly project: string;
  readonly preview: PrunePreview;
}

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
  if (options.dryRun === true || goes.length === 0 || !(await confirmPrune(cli, options, question(goes)))) {
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

function question(goes: readonly Planned[]): string {
  const count = goes.reduce((sum, { preview }) => sum + preview.goes.length, 0);
  return `Remove ${count === 1 ? 'this image' : `these ${count} images`}?`;
}

async function pruned(client: Client, project: string): Promise<Prune> {
  const { id } = await client.call(pruneImages, { params: { project } });
  return untilPruned(() => client.call(getPrune, { params: { prune: id } }));
}
