import { snapshot } from '../../storage/transact.js';
import type { CheckResult } from '../../storage/verify/check.js';
import { checkRows } from '../../storage/verify/check-rows.js';
import { checkSchema } from '../../storage/verify/schema-checks.js';
import { listContents, listImages } from '../../storage/verify/stored-values.js';
import { openAt, type Place, storeOf } from '../place.js';
import { checkContents } from './check-contents.js';
import { checkKeys } from './check-keys.js';
import { checkRegistry } from './check-registry.js';

export interface VerifyOptions {
  /** Every sealed log and stored file is read, not a sample. */
  readonly all: boolean;
  /** The registries are asked too. */
  readonly registry: boolean;
}

/** Looks whether everything that Kiln promises of its state holds. Changes nothing; works while builds run. */
export async function verify(place: Place, options: VerifyOptions): Promise<CheckResult[]> {
  const admin = openAt(place, place.database);
  const controller = openAt(place, place.database, 'kiln_controller');
  try {
    const schema = await checkSchema(admin);
    // The rows of an older schema have other names: there is nothing more to say.
    if (schema.some(({ name, wrong }) => name === 'migrations' && wrong > 0)) return schema;
    const rows = await snapshot(controller, async (tx) => [
      ...(await checkRows(tx, { all: options.all })),
      await checkKeys(tx, place.keyringFile),
    ]);
    const contents = await checkContents(
      () => snapshot(controller, listContents),
      await storeOf(place),
      options.all,
    );
    const registry = options.registry
      ? [await checkRegistry(place, controller, () => snapshot(controller, listImages))]
      : [];
    return [...schema, ...rows, contents, ...registry];
  } finally {
    await Promise.all([admin.destroy(), controller.destroy()]);
  }
}
