import { readKeyringFile } from '../../adapters/keyring/keyring-file.js';
import type { Tx } from '../../storage/database.js';
import { type CheckResult, Findings } from '../../storage/verify/check.js';
import { listValues } from '../../storage/verify/stored-values.js';

/** Whether the keyring holds the key of every stored secret and credential. Without a keyring none can be opened. */
export async function checkKeys(tx: Tx, keyringFile: string | null): Promise<CheckResult> {
  const values = await listValues(tx);
  const findings = new Findings();
  const keyring = keyringFile === null ? null : await readKeyringFile(keyringFile).catch(() => null);
  for (const { keyId, what } of values) {
    if (keyring?.keys.has(keyId) !== true) findings.add(`${what}: the key ${keyId} is missing`);
  }
  const note = keyring === null ? 'no keyring could be read' : undefined;
  return {
    name: 'keys',
    holds: 'The keyring holds the key of every stored secret and credential.',
    wrong: findings.wrong,
    examples: findings.examples,
    ...(note !== undefined && { note }),
  };
}
