import pg from 'pg';
import type { BuildChange, ChangeFeed } from '../ports/stores.js';
import {
  BASE_IMAGE_CHANNEL,
  BUILD_CHANNEL,
  DELIVERY_CHANNEL,
  IMAGE_CHANNEL,
  NOTIFICATION_CHANNEL,
  OUTBOX_CHANNEL,
  POOL_CHANNEL,
  RECONCILE_CHANNEL,
  SCHEDULE_CHANNEL,
} from './notify.js';
import { Rings } from './rings.js';

const FALLBACK_MS = 1_000;
const RECONNECT_MS = 500;

/**
 * Listens on a connection of its own and connects again when it breaks. Every listener is also rung once a second and after each
 * connect, so that nothing depends on NOTIFY arriving.
 */
export function openChangeFeed(options: { url: string; fallbackMs?: number }): ChangeFeed {
  const builds = new Rings();
  const outbox = new Rings();
  const pool = new Rings();
  const images = new Rings();
  const queue = new Rings();
  const schedules = new Rings();
  const deliveries = new Rings();
  const readings = new Rings();
  const notifications = new Rings();
  const baseImages = new Rings();
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const ringAll = (): void => {
    builds.ringAll();
    outbox.ringAll();
    pool.ringAll();
    images.ringAll();
    queue.ringAll();
    schedules.ringAll();
    deliveries.ringAll();
    readings.ringAll();
    notifications.ringAll();
    baseImages.ringAll();
  };
  const fallback = setInterval(ringAll, options.fallbackMs ?? FALLBACK_MS);
  fallback.unref();

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: 'kiln change feed',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client = next;
    let broken = false;
    const reconnect = (): void => {
      if (broken) return;
      broken = true;
      next.end().catch(() => undefined);
      if (closed) return;
      retry = setTimeout(() => void connect(), RECONNECT_MS);
      retry.unref();
    };
    next.on('error', reconnect);
    next.on('end', reconnect);
    next.on('notification', ({ channel, payload }) => {
      const [buildId = '', change = null] = (payload ?? '').split(' ');
      if (channel === POOL_CHANNEL || (channel === BUILD_CHANNEL && change !== 'log')) queue.ringAll();
      if (channel === BUILD_CHANNEL) builds.ring(buildId, change);
      else if (channel === OUTBOX_CHANNEL) outbox.ringAll();
      else if (channel === POOL_CHANNEL) pool.ringAll();
      else if (channel === SCHEDULE_CHANNEL) schedules.ringAll();
      else if (channel === DELIVERY_CHANNEL) deliveries.ringAll();
      else if (channel === RECONCILE_CHANNEL) readings.ringAll();
      else if (channel === NOTIFICATION_CHANNEL) notifications.ringAll();
      else if (channel === BASE_IMAGE_CHANNEL) baseImages.ringAll();
      else if (channel === IMAGE_CHANNEL) images.ring(payload ?? '');
    });
    try {
      await next.connect();
      const channels = [
        BUILD_CHANNEL,
        OUTBOX_CHANNEL,
        POOL_CHANNEL,
        IMAGE_CHANNEL,
        SCHEDULE_CHANNEL,
        DELIVERY_CHANNEL,
        RECONCILE_CHANNEL,
        NOTIFICATION_CHANNEL,
        BASE_IMAGE_CHANNEL,
      ];
      await next.query(channels.map((channel) => `LISTEN ${channel}`).join('; '));
      ringAll();
    } catch {
      reconnect();
    }
  };
  const connected = connect();

  return {
    onBuildChange: (buildId, ring) => builds.add(buildId, (change) => ring(change as BuildChange | null)),
    onOutbox: (ring) => outbox.add('', ring),
    onPool: (ring) => pool.add('', ring),
    onQueue: (ring) => queue.add('', ring),
    onSchedules: (ring) => schedules.add('', ring),
    onDeliveries: (ring) => deliveries.add('', ring),
    onReadings: (ring) => readings.add('', ring),
    onNotifications: (ring) => notifications.add('', ring),
    onBaseImages: (ring) => baseImages.add('', ring),
    onImage: (manifestDigest, ring) => images.add(manifestDigest, ring),
    close: async () => {
      closed = true;
      clearInterval(fallback);
      clearTimeout(retry);
      await connected;
      await client?.end().catch(() => undefined);
    },
  };
}
