import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { KilnError } from '../../domain/errors.js';
import type { SbomFormat } from '../../contracts/inspection-operations.js';
import type { Tx } from '../database.js';

const unpack = promisify(gunzip);

/** The bill of materials of a manifest. `sbom_missing`, with the reason where there is one. */
export async function readSbom(tx: Tx, manifestDigest: string, format: SbomFormat): Promise<Uint8Array> {
  const row = await tx
    .selectFrom('image_sboms')
    .select(['failure_reason', `${format} as document`])
    .where('manifest_digest', '=', manifestDigest)
    .executeTakeFirst();
  if (row?.document != null) return unpack(row.document);
  throw new KilnError(
    'sbom_missing',
    row?.failure_reason == null
      ? {}
      : { message: `There is no bill of materials of this image: ${row.failure_reason}` },
  );
}
