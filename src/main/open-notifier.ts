import { createNotifier } from '../adapters/notifications/notifier.js';
import { openTransport } from '../adapters/registry/transport.js';
import type { ControllerConfig } from '../config.js';
import type { Notifier } from '../ports/notifications.js';
import { readVersion } from './version.js';

/** The way of notifications: that of registries, without the hosts that it reaches wherever they lie. */
export function openNotifier(
  config: Pick<ControllerConfig, 'allowedNetworks' | 'proxies' | 'buildPageUrl'>,
): Notifier {
  const { allowedNetworks, proxies, buildPageUrl } = config;
  return createNotifier({
    fetch: openTransport({ allowedNetworks, proxies }).fetch,
    pageOf: (buildId) => buildPageUrl?.replaceAll('{build}', buildId) ?? null,
    userAgent: `Kiln/${readVersion()}`,
  });
}
