import { readFile } from 'node:fs/promises';
import { CommandFailure } from './failure.js';

/** The JSON document of a preset; what is in it is judged with the rest of the request. */
export async function readPreset(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (cause) {
    throw new CommandFailure('invalid_request', {
      message: `--preset ${file}: ${cause instanceof SyntaxError ? 'is no JSON' : 'cannot be read'}.`,
      fix: 'Give a JSON file such as {"options": {"build_args": {"BRANCH": "${branch}"}}, "priority": -10}.',
      cause,
    });
  }
}
