import { readKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { countByKey } from '../../storage/secrets/rewrap-values.js';
import { withKeys } from './open-keys.js';

export interface ShownKey {
  readonly id: string;
  /** How many secrets and credentials it wraps. */
  readonly values: number;
  readonly state: 'current' | 'old' | 'missing';
}

/** `kiln keys show`: the keys of the keyring, and those that values need but the keyring lacks. */
export function showKeys(
  stateFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ShownKey[]> {
  return withKeys(stateFolder, environment, async (file, _sealer, db) => {
    const { current, keys } = await readKeyringFile(file);
    const values = await countByKey(db);
    return [...new Set([...keys.keys(), ...values.keys()])].sort().map((id) => ({
      id,
      values: values.get(id) ?? 0,
      state: !keys.has(id) ? 'missing' : id === current ? 'current' : 'old',
    }));
  });
}
