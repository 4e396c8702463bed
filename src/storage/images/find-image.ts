import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';
import type { Tx } from '../database.js';

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
  if (newest === undefined) throw new KilnError('not_found', { message: 'There is no such image.' });
  if (found.some((one) => one.manifest_digest !== newest.manifest_digest))
    throw new KilnError('invalid_request', {
      fields: [
        { field: 'image', message: `several images begin with ${reference}: give more of its digits` },
      ],
    });
  return newest.id;
}
