import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildkitKey } from '../../domain/builds/buildkit-key.js';
import { KilnError } from '../../domain/errors.js';
import type { Buildkits } from '../../ports/buildkits.js';
import { pruneCache } from './prune-cache.js';

/** One BuildKit of an operator's for all builds of a host. */
export interface OneBuildkit {
  readonly address: string;
  readonly buildctlPath: string;
  /** Whether tenants may share it, and so be handed what others have made. */
  readonly isShared: boolean;
  /** Where it is written down for whom it works. */
  readonly stateFolder: string;
}

/** Unless it is shared, it works for the first one who asks and for nobody else from then on: its cache is his. */
export function oneBuildkit({ address, buildctlPath, isShared, stateFolder }: OneBuildkit): Buildkits {
  const name = createHash('sha256').update(address).digest('hex').slice(0, 12);
  const ownerFile = join(stateFolder, `buildkit-${name}.owner`);
  return {
    async open(user) {
      if (isShared) return address;
      const key = buildkitKey(user);
      await mkdir(stateFolder, { recursive: true, mode: 0o700 });
      if ((await ownerOf(ownerFile, key)) === key) return address;
      throw new KilnError('builder_not_shared', {
        message:
          'The BuildKit of this build host works for another tenant, or for projects of another level of trust, and its cache would hand out what those have made.',
        detail: `${ownerFile} says for which tenant and trust ${address} works`,
      });
    },
    clearCaches: (wanted, signal) => pruneCache(buildctlPath, address, wanted, signal),
  };
}

/** The key in the file, which is written when there is none: whole or not at all, by one of several only. */
async function ownerOf(file: string, key: string): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => null);
  if (found !== null) return found.trim();
  const written = `${file}.${randomUUID().slice(0, 8)}`;
  await writeFile(written, `${key}\n`, { mode: 0o600 });
  try {
    await link(written, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(file, 'utf8')).trim();
  } finally {
    await rm(written, { force: true });
  }
}
