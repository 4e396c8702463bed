import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';

/** Where a page of packages ends. */
export interface PackageKeyset {
  readonly lastBuiltAt: Date;
  readonly imageId: string;
  readonly position: number;
}

/** An opaque cursor (base64url). */
export function encodePackageCursor(row: {
  readonly last_built_at: Date;
  readonly image_id: string;
  readonly position: number;
}): string {
  const text = `${row.last_built_at.toISOString()} ${row.image_id} ${row.position}`;
  return Buffer.from(text).toString('base64url');
}

/** The keyset of a cursor; invalid_request for anything that was not made by `encodePackageCursor`. */
export function decodePackageCursor(cursor: string | null): PackageKeyset | null {
  if (cursor === null) return null;
  const [time = '', imageId = '', place = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const [lastBuiltAt, position] = [new Date(time), Number(place)];
  if (!Number.isNaN(lastBuiltAt.getTime()) && isUuid(imageId) && /^\d{1,9}$/.test(place))
    return { lastBuiltAt, imageId, position };
  throw new KilnError('invalid_request', {
    fields: [{ field: 'cursor', message: 'is not a cursor of this list; leave it out to start anew' }],
  });
}
