import { sql, type Selectable } from 'kysely';
import { timeLimit } from '../../domain/time-limit.js';
import { KilnError, toKilnError } from '../../domain/errors.js';
import { nameProject } from '../../domain/builds/name-project.js';
import { planRetention } from '../../domain/retention/plan-retention.js';
import type { Owner } from '../../ports/dispatch.js';
import type { PruningRegistry } from '../../ports/retention.js';
import type { Database, Tx } from '../database.js';
import { lockRepository } from '../locks.js';
import type { ImagePrunesTable } from '../schema/retention.js';
import { toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { readFacts, type StoredImage } from './read-facts.js';
import { type Remove, withOpenRemovals } from './open-removals.js';
import { removeImages } from './remove-images.js';

/** So many images are removed under one lock of their repository, and in one prune. */
const IMAGES_AT_ONCE = 100;
const IMAGES_IN_A_PRUNE = 1_000;
/** Publications into the repository wait for so long at most. */
const TIME_MS = 60_000;
const LOCK_TIMEOUT = '10s';

type OpenPrune = Selectable<ImagePrunesTable> & { readonly project: string };

/**
 * Removes some images from one repository, in one transaction that locks the repository against publications: what goes is decided anew
 * under the lock, and then asked of the registry. What a killed controller has removed already is absent when it is removed again.
 */
export async function pruneSome(
  db: Database,
  pruneId: string,
  registryFor: (owner: Owner) => PruningRegistry,
  signal?: AbortSignal,
): Promise<boolean> {
  const next = await transact(db, (tx) => nextRemovals(tx, pruneId));
  return withOpenRemovals(db, next?.repository ?? '', next?.digests ?? [], (remove) =>
    removeSome(db, { pruneId, next, remove }, registryFor, signal),
  );
}

interface Removals {
  readonly repository: string;
  readonly digests: readonly string[];
}

/** What is removed next, images of platforms included; null when nothing is left. */
async function nextRemovals(tx: Tx, pruneId: string): Promise<Removals | null> {
  await boundTransaction(tx);
  const prune = await lockPrune(tx, pruneId);
  if (prune === null) return null;
  const goes = await whatGoes(tx, prune);
  const repository = nextRepository(prune, goes);
  if (repository === null) return null;
  const images = goes.filter((image) => isLeft(prune, repository, image)).slice(0, IMAGES_AT_ONCE);
  return { repository, digests: images.flatMap(({ digest, children }) => [digest, ...children]) };
}

interface Begun {
  readonly pruneId: string;
  readonly next: Removals | null;
  readonly remove: Remove;
}

async function removeSome(
  db: Database,
  { pruneId, next, remove }: Begun,
  registryFor: (owner: Owner) => PruningRegistry,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return transact(db, async (tx) => {
    await boundTransaction(tx);
    const prune = await lockPrune(tx, pruneId);
    if (prune === null) return true;
    const repository = nextRepository(prune, await whatGoes(tx, prune));
    if (repository === null || prune.removed.length >= IMAGES_IN_A_PRUNE) {
      await save(tx, prune, { completed_at: await databaseNow(tx) });
      return true;
    }
    // Another process was here meanwhile.
    if (repository !== next?.repository) return false;
    await lockRepository(tx, repository);
    const images = (await whatGoes(tx, prune)).filter(
      (image) =>
        isLeft(prune, repository, image) &&
        [image.digest, ...image.children].every((digest) => next.digests.includes(digest)),
    );
    const timeUp = timeLimit(TIME_MS);
    const done = await removeImages(
      tx,
      registryFor({ tenantId: prune.tenant_id, projectId: prune.project_id }),
      {
        pruneId,
        tenantId: prune.tenant_id,
        repository,
        remove,
        images,
        signal: signal === undefined ? timeUp : AbortSignal.any([signal, timeUp]),
      },
    );
    signal?.throwIfAborted();
    await save(tx, prune, {
      removed: toJson([...prune.removed, ...done.removed]),
      kept: toJson([...prune.kept, ...done.kept]),
      troubles: toJson([
        ...prune.troubles,
        ...(done.trouble === null ? [] : [troubleOf(prune, repository, done.trouble, timeUp.aborted)]),
      ]),
    });
    return false;
  });
}

async function boundTransaction(tx: Tx): Promise<void> {
  await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
    set_config('idle_in_transaction_session_timeout', ${String(TIME_MS + 10_000)}, true)`.execute(tx);
}

/** Null when it is over. */
async function lockPrune(tx: Tx, pruneId: string): Promise<OpenPrune | null> {
  const prune = await tx
    .selectFrom('image_prunes as r')
    .innerJoin('projects as p', 'p.id', 'r.project_id')
    .selectAll('r')
    .select('p.slug as project')
    .where('r.id', '=', pruneId)
    .where('r.completed_at', 'is', null)
    .forNoKeyUpdate('r')
    .executeTakeFirst();
  return prune ?? null;
}

async function whatGoes(tx: Tx, prune: OpenPrune): Promise<StoredImage[]> {
  const { retention } = await tx
    .selectFrom('projects')
    .select('retention')
    .where('id', '=', prune.project_id)
    .executeTakeFirstOrThrow();
  if (retention === null) return [];
  const facts = await readFacts(tx, { tenantId: prune.tenant_id, projectId: prune.project_id });
  const verdicts = planRetention(retention, facts, await databaseNow(tx));
  return facts.images.filter(({ id }) => verdicts.get(id)?.goes === true);
}

function nextRepository(prune: OpenPrune, goes: readonly StoredImage[]): string | null {
  const left = goes.flatMap((image) =>
    image.repositories.filter((repository) => isLeft(prune, repository, image)),
  );
  return left.sort()[0] ?? null;
}

/** Whether this prune has yet to look at the image in that repository. */
function isLeft({ kept, troubles }: OpenPrune, repository: string, image: StoredImage): boolean {
  return (
    image.repositories.includes(repository) &&
    !troubles.some((trouble) => trouble.repository === repository) &&
    !kept.some((one) => one.repository === repository && one.manifest_digest === image.digest)
  );
}

function troubleOf(prune: OpenPrune, repository: string, thrown: unknown, isTimeUp: boolean) {
  const error = isTimeUp
    ? new KilnError('registry_unreachable', {
        message: `${repository} could not be looked through in ${String(TIME_MS / 1000)} s.`,
      })
    : toKilnError(thrown);
  const { code, message, fix } = error;
  return { repository, code, message, fix: nameProject(fix, prune.project) };
}

async function save(tx: Tx, prune: OpenPrune, change: object): Promise<void> {
  await tx.updateTable('image_prunes').set(change).where('id', '=', prune.id).execute();
}
