import { sql } from 'kysely';
import type { BuildChange } from '../ports/stores.js';
import type { Tx } from './database.js';

/** NOTIFY channels. */
export const BUILD_CHANNEL = 'kiln_build';
export const OUTBOX_CHANNEL = 'kiln_outbox';
export const POOL_CHANNEL = 'kiln_pool';
export const IMAGE_CHANNEL = 'kiln_image';
export const SCHEDULE_CHANNEL = 'kiln_schedule';
export const DELIVERY_CHANNEL = 'kiln_delivery';
export const RECONCILE_CHANNEL = 'kiln_reconcile';
/** The trigger that writes notifications rings it too. */
export const NOTIFICATION_CHANNEL = 'kiln_notification';
export const BASE_IMAGE_CHANNEL = 'kiln_base_image';

/** Rings for readers of a build, at commit; for all of them where it is not said what has changed. */
export async function notifyBuild(tx: Tx, buildId: string, change?: BuildChange): Promise<void> {
  const payload = change === undefined ? buildId : `${buildId} ${change}`;
  await sql`SELECT pg_notify(${BUILD_CHANNEL}, ${payload})`.execute(tx);
}

/** Rings for the outbox relay, at commit. */
export async function notifyOutbox(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${OUTBOX_CHANNEL}, '')`.execute(tx);
}

/** Rings for the dispatcher, at commit. */
export async function notifyPool(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${POOL_CHANNEL}, '')`.execute(tx);
}

/** Rings for who waits until the layers of an image were looked into, at commit. */
export async function notifyImage(tx: Tx, manifestDigest: string): Promise<void> {
  await sql`SELECT pg_notify(${IMAGE_CHANNEL}, ${manifestDigest})`.execute(tx);
}

/** Rings for who keeps Temporal in step with the schedules and runs their ticks, at commit. */
export async function notifySchedules(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${SCHEDULE_CHANNEL}, '')`.execute(tx);
}

/** Rings for who reads the heads of repositories, at commit. */
export async function notifyReconciliation(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${RECONCILE_CHANNEL}, '')`.execute(tx);
}

/** Rings for who sends notifications, and for who waits for what comes of one, at commit. */
export async function notifyNotifications(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${NOTIFICATION_CHANNEL}, '')`.execute(tx);
}

/** Rings for who carries out moves of base images, at commit. */
export async function notifyBaseImages(tx: Tx): Promise<void> {
  await sql`SELECT pg_notify(${BASE_IMAGE_CHANNEL}, '')`.execute(tx);
}
