import type { Attestations, Signer } from '../ports/attestations.js';
import { type Loop, type LoopLog, startLoop } from './loop.js';

/** Whoever has replaced the key sees it among the public ones as soon as they look. */
const LOOK_MS = 1_000;

/** Makes the key that signs known as soon as it is there, also before it has signed anything. */
export function startSigningKeyWatch(deps: {
  /** Null where this installation has no signing key. */
  readonly signer: () => Promise<Signer | null>;
  readonly attestations: Pick<Attestations, 'announce'>;
  readonly log: LoopLog;
}): Loop {
  let announced: string | null = null;
  return startLoop('signing key watch', deps.log, async () => {
    const signer = await deps.signer();
    if (signer !== null && signer.keyId !== announced) {
      await deps.attestations.announce(signer);
      announced = signer.keyId;
    }
    return LOOK_MS;
  });
}
