import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cli } from './cli.js';
import { usageFailure } from './failure.js';

/** The JSON document of a preset; what is in it is judged with the rest of the request. */
export async function readPreset(cli: Cli, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path.resolve(cli.cwd, file), 'utf8')) as unknown;
  } catch (error) {
    throw usageFailure(
      `--preset ${file}: ${error instanceof SyntaxError ? 'is no JSON' : 'cannot be read'}.`,
      'Name a JSON file, such as one with {"destinations": ["registry.example.com/team/app:${branch}"]}.',
    );
  }
}
