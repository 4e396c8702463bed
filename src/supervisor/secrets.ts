import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KilnError } from '../domain/errors.js';
import { secretPatterns } from './masking.js';

/** A name that stays a single file name. */
const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** Options of any method name their secrets alike: what the build calls it (`id`), what the host calls it (`name`). */
const WithSecrets = z.object({
  secrets: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});

/**
 * Copies the secrets that the options name into a folder of the run (mode 0600) and gives the files by id.
 * invalid_request when one is not there.
 */
export async function copySecrets(
  options: unknown,
  from: { secretsFolder: string | null; project: string },
  toFolder: string,
): Promise<Record<string, string>> {
  await mkdir(toFolder, { recursive: true, mode: 0o700 });
  const files: Record<string, string> = {};
  for (const { id, name } of WithSecrets.safeParse(options).data?.secrets ?? []) {
    const content = await readSecret(from, name);
    if (content === null || !SAFE_NAME.test(id)) {
      throw new KilnError('invalid_request', {
        message: `The secret "${name}" does not exist for the project "${from.project}" on this build host.`,
        fields: [{ field: 'secrets', message: `no secret is named "${name}"` }],
      });
    }
    files[id] = path.join(toFolder, id);
    await writeFile(files[id], content, { mode: 0o600 });
  }
  return files;
}

/** What has to be masked in a run whose secrets were copied to the folder. */
export async function loadPatterns(folder: string): Promise<Buffer[]> {
  const names = await readdir(folder).catch(() => []);
  return secretPatterns(await Promise.all(names.map((name) => readFile(path.join(folder, name)))));
}

async function readSecret(
  from: { secretsFolder: string | null; project: string },
  name: string,
): Promise<Buffer | null> {
  if (from.secretsFolder === null || !SAFE_NAME.test(name) || !SAFE_NAME.test(from.project)) return null;
  return readFile(path.join(from.secretsFolder, from.project, name)).catch(() => null);
}
