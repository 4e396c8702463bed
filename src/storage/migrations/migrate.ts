import { fileURLToPath } from 'node:url';
import { DEFAULT_MIGRATION_TABLE, type MigrationResultSet, Migrator, NO_MIGRATIONS, sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Database, Tx } from '../database.js';
import { FolderMigrationProvider } from './folder-provider.js';

/** The folder `migrations` of the checkout, or of dist when compiled code runs from there. */
export function migrationsFolder(): string {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  return root.endsWith('/dist/') ? `${root}../migrations` : `${root}migrations`;
}

function migrator(db: Database, folder: string): Migrator {
  return new Migrator({ db, provider: new FolderMigrationProvider(folder) });
}

function namesOf({ error, results }: MigrationResultSet): string[] {
  const failed = results?.find((result) => result.status === 'Error');
  if (error !== undefined) {
    throw new KilnError('service_start_failed', {
      message: `The database could not be migrated${failed === undefined ? '' : ` (${failed.migrationName})`}. Nothing was changed.`,
      detail: error instanceof Error ? error.message : JSON.stringify(error),
      cause: error,
    });
  }
  return (results ?? []).map((result) => result.migrationName);
}

/** Brings the schema up to date in one transaction, under a lock; repeating does nothing. Returns what ran. */
export async function migrate(adminDb: Database, folder = migrationsFolder()): Promise<string[]> {
  return namesOf(await migrator(adminDb, folder).migrateToLatest());
}

/** Takes the newest migration back (`all`: every one). Data of its tables is lost. Returns what ran. */
export async function rollback(
  adminDb: Database,
  options: { all?: boolean; folder?: string } = {},
): Promise<string[]> {
  const run = migrator(adminDb, options.folder ?? migrationsFolder());
  return namesOf(options.all === true ? await run.migrateTo(NO_MIGRATIONS) : await run.migrateDown());
}

/** Names of the migrations that this Kiln knows, in order. */
export async function knownMigrations(folder = migrationsFolder()): Promise<string[]> {
  return Object.keys(await new FolderMigrationProvider(folder).getMigrations()).sort();
}

/** Names of the migrations that a database has been through, in order; none for one that is not Kiln's. */
export async function ranMigrations(adminDb: Database | Tx): Promise<string[]> {
  const { rows: found } = await sql<{ isKilns: boolean }>`
    SELECT to_regclass(${`public.${DEFAULT_MIGRATION_TABLE}`}) IS NOT NULL AS "isKilns"`.execute(adminDb);
  if (found[0]?.isKilns !== true) return [];
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM ${sql.table(DEFAULT_MIGRATION_TABLE)} ORDER BY name`.execute(adminDb);
  return rows.map(({ name }) => name);
}

/** Brings the schema up to one migration and no further. */
export async function migrateUpTo(
  adminDb: Database,
  name: string,
  folder = migrationsFolder(),
): Promise<string[]> {
  return namesOf(await migrator(adminDb, folder).migrateTo(name));
}
