import { join } from 'node:path';
import type { SetUp } from './set-up.js';
import { writePrivately } from './state.js';

export interface ProcessFoldersOptions {
  readonly keyringFile: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUiUrl: string | undefined;
  readonly apiUrl: string;
  readonly slots: number;
}

/**
 * Writes what each process needs into a folder of its own, so that none can read the secrets of another: `api`, `controller` and
 * `host` (supervisor and worker), each with `kiln.env` for KILN_CONFIG_FILE and its secret in a file beside it; `cli/api-token` is
 * for people. Api and controller share the keyring, which lies apart because it is replaced when keys are rotated.
 */
export async function writeProcessFolders(
  folder: string,
  made: SetUp,
  options: ProcessFoldersOptions,
): Promise<void> {
  const temporal = {
    KILN_TEMPORAL_ADDRESS: options.temporalAddress,
    KILN_TEMPORAL_NAMESPACE: options.temporalNamespace,
  };
  await writeFolder(join(folder, 'api'), {
    secret: { name: 'database-url', value: made.urls.api, variable: 'KILN_DATABASE_URL_FILE' },
    settings: {
      ...temporal,
      ...(options.temporalUiUrl === undefined ? {} : { KILN_TEMPORAL_UI_URL: options.temporalUiUrl }),
      KILN_KEYRING_FILE: options.keyringFile,
    },
  });
  await writeFolder(join(folder, 'controller'), {
    secret: {
      name: 'database-url',
      value: made.urls.controller,
      variable: 'KILN_CONTROLLER_DATABASE_URL_FILE',
    },
    settings: { ...temporal, KILN_KEYRING_FILE: options.keyringFile },
  });
  await writePrivately(join(folder, 'cli', 'api-token'), made.apiToken);
  await writeFolder(join(folder, 'host'), {
    secret: { name: 'worker-token', value: made.workerToken, variable: 'KILN_WORKER_TOKEN_FILE' },
    settings: {
      ...temporal,
      KILN_API_URL: options.apiUrl,
      KILN_WORKER_ID: made.workerId,
      KILN_SLOTS: String(options.slots),
    },
  });
}

async function writeFolder(
  folder: string,
  given: {
    readonly secret: { readonly name: string; readonly value: string; readonly variable: string };
    readonly settings: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const path = join(folder, given.secret.name);
  await writePrivately(path, given.secret.value);
  const lines = Object.entries({ ...given.settings, [given.secret.variable]: path });
  const text = ['# Written by `kiln setup`.', ...lines.map(([name, value]) => `${name}=${value}`), ''];
  await writePrivately(join(folder, 'kiln.env'), text.join('\n'));
}
