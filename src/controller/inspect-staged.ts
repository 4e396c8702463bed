import { manifestsOf } from '../domain/builds/outcome.js';
import { asksForScan } from '../domain/gates/judge-scans.js';
import type { ExploreManifest } from '../ports/explorations.js';
import type { Gatekeeper } from '../ports/gates.js';
import type { Inspector } from './inspect-image.js';

/**
 * Makes the bill of materials of a staged image and scans it, where the gate of its build asks for that. What comes of it the gate reads
 * from the rows: what is not there is not known.
 */
export function createInspectStaged(deps: {
  readonly gates: Pick<Gatekeeper, 'read'>;
  readonly inspector: Pick<Inspector, 'inspect'>;
  readonly exploreManifest: ExploreManifest;
}): (buildId: string, signal: AbortSignal) => Promise<void> {
  return async (buildId, signal) => {
    const atGate = await deps.gates.read(buildId);
    if (atGate === null || !asksForScan(atGate.gate)) return;
    const { owner, image } = atGate;
    const { repository } = image;
    for (const { manifestDigest: digest, platform, layers } of manifestsOf(image)) {
      const unread = layers.map((layer) => ({ digest: layer.digest, known: null }));
      await deps.inspector.inspect(
        owner,
        {
          ...{ repository, digest },
          owner: { tenantId: owner.tenantId, buildId },
          platform: manifestsOf(image).length === 1 ? null : platform,
        },
        signal,
        // Nobody has looked into its layers yet, and nothing of it is recorded before the build is.
        async () => {
          const manifest = { repository, digest, layers: unread };
          const found = await deps.exploreManifest(owner, manifest, () => Promise.resolve(), signal);
          return 'failureReason' in found ? null : found.packages;
        },
      );
    }
  };
}
