import type { Sealer } from '../ports/secrets.js';
import { announceKeyring } from '../storage/secrets/keyring-presence.js';
import type { Logger } from '../telemetry/logger.js';

/** Lets `kiln keys rotate` see by which key this process seals, if it has a keyring. Gives the function that stops it. */
export function announceOwnKeyring(
  config: { readonly keyringFile?: string | undefined },
  sealer: Sealer,
  own: { readonly url: string; readonly process: string; readonly log: Logger },
): Promise<() => Promise<void>> {
  if (config.keyringFile === undefined) return Promise.resolve(() => Promise.resolve());
  return announceKeyring({
    url: own.url,
    process: own.process,
    currentKeyId: () => sealer.currentKeyId(),
    onMissed: (error) => own.log.warn({ error }, 'the keyring cannot be announced; it is tried until it can'),
  });
}
