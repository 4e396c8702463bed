import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';
import type { Tx } from '../database.js';

const SHOWN = 3;

/** The id of the image that an id, a digest or the beginning of one names; the newest where projects share it. */
export async function findImage(tx: Tx, reference: string): Promise<string> {
  const query = tx.selectFrom('images as i').select(['i.id', 'i.manifest_digest']);
  const found = await (
    isUuid(reference)
      ? query.where('i.id', '=', reference)
      : query.where(sql<boolean>`starts_with(i.manifest_digest, ${reference})`)
  )
    .orderBy('i.last_built_at', 'desc')
    .limit(20)
    .execute();
  const [newest] = found;
  if (newest === undefined)
    throw new KilnError('not_found', {
      message: isUuid(reference)
        ? 'There is no such image.'
        : `There is no image whose digest begins with ${reference}.`,
      fix: '`kiln images` lists those that there are, the newest first, with their digests.',
    });
  const digests = [...new Set(found.map((one) => one.manifest_digest))];
  if (digests.length > 1)
    throw new KilnError('invalid_request', {
      fields: [
        {
          field: 'image',
          message: `several images begin with ${reference}: ${digests.slice(0, SHOWN).join(', ')}${digests.length > SHOWN ? ' and more' : ''}`,
        },
      ],
      fix: 'Give more of the digits of the one that is meant.',
    });
  return newest.id;
}
