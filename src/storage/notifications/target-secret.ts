import type { TargetSecret } from '../../ports/notifications.js';
import type { Sealer } from '../../ports/secrets.js';
import { type NotificationOwner, notificationBelongsTo, sealedOf } from '../secrets/belongs-to.js';

/** Opens what a target signs with, or its token. */
export async function openTargetSecret(
  sealer: Sealer,
  row: NotificationOwner & Parameters<typeof sealedOf>[0],
): Promise<TargetSecret> {
  const opened = await sealer.open(sealedOf(row), notificationBelongsTo(row));
  return JSON.parse(opened.toString('utf8')) as TargetSecret;
}
