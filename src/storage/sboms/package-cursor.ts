import { KilnError } from '../../domain/errors.js';
import { isUuid } from '../../domain/ids.js';

/** Where a page of packages ends. */
export interface PackageKeyset {
  readonly key: string;
  readonly listedAt: Date;
  readonly manifestDigest: string;
  readonly position: number;
  readonly imageId: string;
}

/** An opaque cursor (base64url). */
export function encodePackageCursor(place: PackageKeyset): string {
  const { key, listedAt, manifestDigest, position, imageId } = place;
  return Buffer.from(JSON.stringify([key, listedAt, manifestDigest, position, imageId])).toString(
    'base64url',
  );
}

/** The keyset of a cursor; invalid_request for anything that was not made by `encodePackageCursor`. */
export function decodePackageCursor(cursor: string | null): PackageKeyset | null {
  if (cursor === null) return null;
  const [key, time, manifestDigest, position, imageId] = partsOf(cursor);
  if (typeof key === 'string' && typeof time === 'string' && typeof manifestDigest === 'string') {
    const listedAt = new Date(time);
    const isPlace = Number.isInteger(position) && typeof imageId === 'string' && isUuid(imageId);
    if (isPlace && !Number.isNaN(listedAt.getTime()) && Math.abs(position as number) < 1e9)
      return { key, listedAt, manifestDigest, position: position as number, imageId };
  }
  throw new KilnError('invalid_request', {
    fields: [{ field: 'cursor', message: 'is not a cursor of this list; leave it out to start anew' }],
  });
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
