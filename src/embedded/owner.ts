import { join } from 'node:path';
import { KilnError } from '../domain/errors.js';
import { claimFile, type ClaimHolder, readClaim, releaseClaim } from './claim-file.js';
import { isSameProcess } from './process-identity.js';
import { prepareStateFolder } from './state-folder.js';

/** The `kiln up` that serves from a state folder. */
export type Owner = ClaimHolder;

/**
 * Writes this process down as the one that serves from the folder. Throws `already_serving`, with nothing written, when another one
 * that lives does.
 */
export async function claimStateFolder(stateFolder: string): Promise<void> {
  const owner = await readOwner(stateFolder);
  if (owner !== null && isSameProcess(owner)) throw refusal(stateFolder, owner);
  await prepareStateFolder(stateFolder);
  const faster = await claimFile(ownerPath(stateFolder));
  if (faster !== null) throw refusal(stateFolder, faster);
}

/** Undoes `claimStateFolder`. */
export async function releaseStateFolder(stateFolder: string): Promise<void> {
  await releaseClaim(ownerPath(stateFolder));
}

/** Null when none is written down. The one that is may have died. */
export async function readOwner(stateFolder: string): Promise<Owner | null> {
  return readClaim(ownerPath(stateFolder));
}

function refusal(stateFolder: string, owner: Owner): KilnError {
  return new KilnError('already_serving', {
    message: `Another "kiln up" (process ${owner.pid}) serves from ${stateFolder}.`,
  });
}

function ownerPath(stateFolder: string): string {
  return join(stateFolder, 'up.json');
}
