import type { Command } from 'commander';
import { addConnectionOptions, wholeNumber, type ConnectionOptions } from './options.js';

/** Whose secret or credential: the project's, or everybody's when none is named. */
export interface OwnerOptions extends ConnectionOptions {
  readonly project?: string;
}

export interface ListOptions extends OwnerOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export function addListOptions(command: Command): Command {
  command
    .option('--project <project>', 'those that builds of this project can use')
    .option('-n, --limit <count>', 'how many, newest first', wholeNumber(1, 100), 50)
    .option('--cursor <cursor>', 'go on where a list ended');
  return addConnectionOptions(command, 'one JSON document: {items, next_cursor}');
}

export function ownerOf({ project }: OwnerOptions): { project?: string } {
  return project === undefined ? {} : { project };
}
