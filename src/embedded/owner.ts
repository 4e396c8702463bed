import { join } from 'node:path';
import { KilnError } from '../domain/errors.js';
import { claimFile, type ClaimHolder, readClaim, releaseClaim } from './claim-file.js';
import { isSameProcess } from './process-identity.js';
import { prepareStateFolder } from './state-folder.js';

/** The `kiln up` that serves from a state folder, or a command that works on it while none does. */
export type Owner = ClaimHolder;

/** The commands that work on the state of a stopped Kiln; `kiln up` writes no name. */
export type StateCommand = 'kiln backup' | 'kiln restore' | 'kiln verify' | 'kiln gc';

/**
 * Writes this process down as the one that serves from the folder, or as the command that works on it. Nothing is written when another
 * one that lives has: `already_serving` for a `kiln up`, `state_in_use` for a command.
 */
export async function claimStateFolder(stateFolder: string, command?: StateCommand): Promise<void> {
  const owner = await readOwner(stateFolder);
  if (owner !== null && isSameProcess(owner)) throw refusal(stateFolder, owner);
  await prepareStateFolder(stateFolder);
  const faster = await claimFile(ownerPath(stateFolder), command);
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

/** The `kiln up` that serves from the folder and lives; null without one. `state_in_use` when a command works on it instead. */
export async function readServing(stateFolder: string): Promise<Owner | null> {
  const owner = await readOwner(stateFolder);
  if (owner === null || !isSameProcess(owner)) return null;
  if (owner.command !== undefined) throw refusal(stateFolder, owner);
  return owner;
}

function refusal(stateFolder: string, owner: Owner): KilnError {
  if (owner.command !== undefined) {
    return new KilnError('state_in_use', {
      message: `"${owner.command}" (process ${owner.pid}) works on ${stateFolder}.`,
    });
  }
  return new KilnError('already_serving', {
    message: `Another "kiln up" (process ${owner.pid}) serves from ${stateFolder}.`,
  });
}

function ownerPath(stateFolder: string): string {
  return join(stateFolder, 'up.json');
}
