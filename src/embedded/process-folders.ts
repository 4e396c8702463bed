import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  apiSettings,
  controllerSettings,
  hostSettings,
  type ProcessFoldersOptions,
} from './folder-settings.js';
import type { SetUp } from './set-up.js';
import { mergeSettings, missingSettings, type Setting } from './settings-file.js';
import { writePrivately } from './state.js';

/** A settings file that lacks something: the processes start with it, and no build succeeds before it is there. */
export interface UnfinishedFile {
  readonly file: string;
  readonly missing: readonly string[];
}

/**
 * Writes what each process needs into a folder of its own, so that none can read the secrets of another: `api`, `controller` and
 * `host` (supervisor and worker), each with `kiln.env` for KILN_CONFIG_FILE and its secret in a file beside it; `cli/api-token` is
 * for people. Api and controller share the keyring, which lies apart because it is replaced when keys are rotated. What others have set in
 * a `kiln.env` stays.
 */
export async function writeProcessFolders(
  folder: string,
  made: SetUp,
  options: ProcessFoldersOptions,
): Promise<UnfinishedFile[]> {
  await writePrivately(join(folder, 'cli', 'api-token'), made.apiToken);
  const written = [
    await writeFolder(join(folder, 'api'), {
      secret: { name: 'database-url', value: made.urls.api, variable: 'KILN_DATABASE_URL_FILE' },
      settings: apiSettings(options),
    }),
    await writeFolder(join(folder, 'controller'), {
      secret: {
        name: 'database-url',
        value: made.urls.controller,
        variable: 'KILN_CONTROLLER_DATABASE_URL_FILE',
      },
      settings: controllerSettings(options),
    }),
    await writeFolder(join(folder, 'host'), {
      secret: { name: 'worker-token', value: made.workerToken, variable: 'KILN_WORKER_TOKEN_FILE' },
      settings: await hostSettings(options, made.workerId),
    }),
  ];
  return written.filter(({ missing }) => missing.length > 0);
}

async function writeFolder(
  folder: string,
  given: {
    readonly secret: { readonly name: string; readonly value: string; readonly variable: string };
    readonly settings: readonly Setting[];
  },
): Promise<UnfinishedFile> {
  const path = join(folder, given.secret.name);
  await writePrivately(path, given.secret.value);
  const file = join(folder, 'kiln.env');
  const settings: Setting[] = [{ name: given.secret.variable, value: path, kind: 'own' }, ...given.settings];
  const text = mergeSettings(await readExisting(file), settings);
  await writePrivately(file, text);
  return { file, missing: missingSettings(text, settings) };
}

async function readExisting(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
