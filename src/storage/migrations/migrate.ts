import { fileURLToPath } from 'node:url';
import { type MigrationResultSet, Migrator, NO_MIGRATIONS } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import type { Database } from '../database.js';
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
