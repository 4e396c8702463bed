import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Kysely, type Migration, type MigrationProvider, sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';

const UP = /^(\d{3}_[a-z0-9_]+)\.up\.sql$/;

/** Reads `NNN_name.up.sql` and `NNN_name.down.sql`; objects belong to kiln_owner whoever runs them. */
export class FolderMigrationProvider implements MigrationProvider {
  constructor(private readonly folder: string) {}

  async getMigrations(): Promise<Record<string, Migration>> {
    const names = (await readdir(this.folder)).flatMap((file) => UP.exec(file)?.[1] ?? []).sort();
    if (names.length === 0) {
      throw new KilnError('config_invalid', {
        message: `There are no migrations in ${this.folder}. Point to the folder "migrations" of the installation.`,
      });
    }
    const migrations = await Promise.all(names.map(async (name) => [name, await this.#read(name)] as const));
    return Object.fromEntries(migrations);
  }

  async #read(name: string): Promise<Migration> {
    const [up, down] = await Promise.all(
      ['up', 'down'].map((direction) => readFile(join(this.folder, `${name}.${direction}.sql`), 'utf8')),
    );
    return { up: asOwner(up ?? ''), down: asOwner(down ?? '') };
  }
}

function asOwner(text: string): Migration['up'] {
  return async (db: Kysely<unknown>) => {
    await sql`SET LOCAL ROLE kiln_owner`.execute(db);
    await sql.raw(text).execute(db);
    await sql`RESET ROLE`.execute(db);
  };
}
