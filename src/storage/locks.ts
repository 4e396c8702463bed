import { sql } from 'kysely';
import type { Tx } from './database.js';

/*
 * Order of locks, which keeps transactions from waiting on each other in a circle:
 * pool, then build rows, then leases, then shares of tenants, then workers.
 * A repository comes before its tags, these before build rows; a prune before its repository.
 * Whoever moves tags keeps its lease (FOR KEY SHARE) before it locks the build: only an expiry is in the way of that, and skips it.
 * Builds are locked FOR NO KEY UPDATE, so that inserts of their steps and log chunks are not held up.
 */

/** Slots are taken only under this lock; giving one back needs the lock of its build. */
export async function lockPool(tx: Tx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('kiln.pool', 0))`.execute(tx);
}

/** Held while a tag of the repository is moved; others may move theirs. Comes before the lock of the tag. */
export async function lockRepositoryShared(tx: Tx, repository: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(hashtextextended(${`kiln.repository:${repository}`}, 0))`.execute(
    tx,
  );
}

/** Whoever removes images from a repository holds it: no tag of it moves meanwhile. */
export async function lockRepository(tx: Tx, repository: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`kiln.repository:${repository}`}, 0))`.execute(
    tx,
  );
}

/** Who begins removals holds it, so that a publication that begins has either been committed or finds them. Comes after every row. */
export async function lockRemovals(tx: Tx, repository: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`kiln.removals:${repository}`}, 0))`.execute(tx);
}

/** Held by publications into the repository that begin. */
export async function lockRemovalsShared(tx: Tx, repository: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(hashtextextended(${`kiln.removals:${repository}`}, 0))`.execute(
    tx,
  );
}

/** Whoever accepts a build of a tenant that has builds refused or superseded holds it. Comes before every row. */
export async function lockAdmission(tx: Tx, tenantId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`kiln.admission:${tenantId}`}, 0))`.execute(tx);
}

/** One mover per tag at a time. */
export async function lockTag(tx: Tx, repository: string, tag: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`kiln.tag:${repository}:${tag}`}, 0))`.execute(
    tx,
  );
}

/**
 * Held while a value is sealed and stored. Who takes the exclusive form (`lockKeys`) knows that no value is on its way that was sealed
 * by the keyring as it was before.
 */
export async function lockKeysShared(tx: Tx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(hashtextextended('kiln.keys', 0))`.execute(tx);
}

/** Whoever changes the keyring holds it, so that what was sealed by the old one is committed and can be seen. */
export async function lockKeys(tx: Tx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('kiln.keys', 0))`.execute(tx);
}

/** Whoever writes down where the tags point that a tenant watches holds it, so that one move follows from one look. Comes before every row. */
export async function lockBaseImages(tx: Tx, tenantId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`kiln.base_images:${tenantId}`}, 0))`.execute(tx);
}
