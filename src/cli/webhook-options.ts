import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { collect, type ConnectionOptions, secondsBetween } from './options.js';
import { readPreset } from './read-preset.js';

/** What of a webhook can be said on a command line, when it is added and later. */
export interface WebhookOptions extends ConnectionOptions {
  readonly repository?: string;
  readonly event?: string[];
  readonly branch?: string[];
  readonly tag?: string[];
  readonly path?: string[];
  readonly method?: string;
  readonly destination?: string[];
  readonly preset?: string;
  readonly coalesce?: number;
}

/** By which flag each field came. */
export const WEBHOOK_FLAGS = {
  name: 'The name',
  project: '--project',
  provider: '--provider',
  repository_url: '--repository',
  event_types: '--event',
  branch_patterns: '--branch',
  tag_patterns: '--tag',
  path_patterns: '--path',
  build_method: '--method',
  'build_config_preset.destinations': '--destination',
  build_config_preset: '--preset',
  coalesce_seconds: '--coalesce',
  secret: '--secret-from-file',
} as const;

export function addWebhookOptions(command: Command): Command {
  return command
    .option('--repository <url>', 'the repository that it is for, as builds fetch it')
    .option('--event <type>', 'push, tag, pull_request or release (may be repeated)', collect)
    .option('--branch <pattern>', 'branches that count, such as main or release/* (may be repeated)', collect)
    .option('--tag <pattern>', 'tags that count, such as v* (may be repeated)', collect)
    .option('--path <pattern>', 'files of which one has to change, such as web/** (may be repeated)', collect)
    .option('--method <method>', 'how its builds are made')
    .option(
      '--destination <reference>',
      'where its builds go, with ${branch}, ${tag}, ${number} (may be repeated)',
      collect,
    )
    .option('--preset <file>', 'a JSON file with all that its builds are told: docs/webhooks.md')
    .option('--coalesce <time>', 'wait so long for a newer push of the same branch', secondsBetween(0, 3600));
}

/** The fields that were said. */
export async function webhookBody(cli: Cli, options: WebhookOptions): Promise<Record<string, unknown>> {
  const { destination } = options;
  const preset = options.preset === undefined ? undefined : await readPreset(cli, options.preset);
  const said = {
    repository_url: options.repository,
    event_types: options.event,
    branch_patterns: options.branch,
    tag_patterns: options.tag,
    path_patterns: options.path,
    build_method: options.method,
    build_config_preset:
      destination === undefined ? preset : { ...(preset as object), destinations: destination },
    coalesce_seconds: options.coalesce,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
