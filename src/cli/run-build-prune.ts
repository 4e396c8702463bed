import {
  getBuildPrune,
  getBuildRetention,
  previewBuildPrune,
  pruneBuilds,
} from '../contracts/build-retention-operations.js';
import type { BuildPrune, BuildPrunePreview } from '../contracts/build-retention.js';
import { removesBuilds } from '../domain/retention/build-retention.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { confirmPrune, type PruneOptions, untilPruned } from './confirm-prune.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { listSlugs } from './list-slugs.js';
import { print, printJson, styleOf } from './output.js';
import { plural } from './terminal/units.js';
import { buildPruneLines, buildPreviewLines } from './views/build-prune-lines.js';

/** `kiln builds prune`: shows what would go, asks, removes, tells what became of it. Gives the exit code. */
export async function runBuildPrune(
  cli: Cli,
  project: string | undefined,
  options: PruneOptions,
): Promise<number> {
  const client = connect(cli, options);
  const previews: BuildPrunePreview[] = [];
  for (const slug of project === undefined ? await projectsWithRules(client) : [project])
    previews.push(await client.call(previewBuildPrune, { params: { project: slug } }));
  const style = styleOf(cli, cli.stdout);
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  if (options.json !== true) {
    for (const preview of previews)
      print(cli, buildPreviewLines(preview, { columns, style, withStays: options.dryRun === true }));
    if (previews.length === 0)
      print(cli, [
        'No project has a rule for builds, so none is ever removed. Set one: kiln builds retention --keep-builds 50',
      ]);
  }
  const going = previews.filter((preview) => preview.goes_count > 0);
  const prunes = new Map<string, BuildPrune>();
  if (options.dryRun !== true && going.length > 0 && (await confirmPrune(cli, options, question(going))))
    for (const preview of going) {
      const prune = await pruned(client, preview.project);
      prunes.set(preview.project, prune);
      if (options.json !== true) print(cli, buildPruneLines(preview.project, prune, style));
    }
  if (options.json === true)
    printJson(cli, {
      projects: previews.map((preview) => ({ ...preview, prune: prunes.get(preview.project) ?? null })),
    });
  return EXIT.success;
}

async function projectsWithRules(client: Client): Promise<string[]> {
  const slugs: string[] = [];
  for (const project of await listSlugs(client)) {
    const { effective } = await client.call(getBuildRetention, { query: { project } });
    if (removesBuilds(effective)) slugs.push(project);
  }
  return slugs;
}

function question(going: readonly BuildPrunePreview[]): string {
  const count = going.reduce((sum, preview) => sum + preview.goes_count, 0);
  return `Leave only the record of ${plural(count, 'build')}?`;
}

async function pruned(client: Client, project: string): Promise<BuildPrune> {
  const { id } = await client.call(pruneBuilds, { params: { project } });
  return untilPruned(() => client.call(getBuildPrune, { params: { prune: id } }));
}
