import { timeLimit } from '../domain/time-limit.js';
import { manifestsOf } from '../domain/builds/outcome.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import { splitDestination } from '../domain/builds/staging.js';
import { toKilnError } from '../domain/errors.js';
import { inspectImage, type ServedImage } from '../domain/gates/inspect-image.js';
import { asksForScan, judgeScans, type ScannedManifest } from '../domain/gates/judge-scans.js';
import type { Owner } from '../ports/dispatch.js';
import type { Gatekeeper, ImageAtGate } from '../ports/gates.js';
import type { Scans } from '../ports/scans.js';
import type { ImageRegistry } from '../ports/image-registry.js';

/** Shorter than the time of the step: what is not known by then counts as found, and a person decides. */
const READ_TIMEOUT_MS = 15_000;

/** Judges the staged image of a build and lets it pass the gate of its project or holds it. */
export type PassGate = (
  lease: LeaseRef,
  signal?: AbortSignal,
) => Promise<{ open: boolean; refused?: boolean }>;

export function createPassGate(deps: {
  readonly gates: Gatekeeper;
  readonly scans: Pick<Scans, 'found'>;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'head' | 'inspect'>;
}): PassGate {
  return async (lease, signal) => {
    const atGate = await deps.gates.read(lease.buildId);
    if (atGate === null) return deps.gates.pass(lease, []);
    const either = timeLimit(READ_TIMEOUT_MS, signal);
    const served = await readServed(atGate, deps.registryFor(atGate.owner), either);
    signal?.throwIfAborted();
    const judged = judgeScans(atGate.gate, await readScans(atGate, deps.scans));
    const findings = [...inspectImage(atGate.gate, atGate.image, served), ...judged.findings];
    return deps.gates.pass(lease, findings, judged.refusal);
  };
}

/** What is known of the vulnerabilities of each manifest, where the gate asks for it. */
async function readScans(
  { gate, owner, image }: ImageAtGate,
  scans: Pick<Scans, 'found'>,
): Promise<ScannedManifest[]> {
  if (!asksForScan(gate)) return [];
  return Promise.all(
    manifestsOf(image).map(async ({ manifestDigest, platform }) => ({
      platform,
      ...(await scans.found(owner.tenantId, manifestDigest)),
    })),
  );
}

/** What each destination serves now, where the gate asks for it. */
async function readServed(
  { gate, destinations }: ImageAtGate,
  registry: Pick<ImageRegistry, 'head' | 'inspect'>,
  signal: AbortSignal,
): Promise<ServedImage[]> {
  if (gate.max_growth_percent === null) return [];
  return Promise.all(
    destinations.map(async (destination): Promise<ServedImage> => {
      const { repository, tag } = splitDestination(destination);
      try {
        const head = await registry.head(repository, tag, signal);
        const image = head === null ? null : await registry.inspect(repository, head.digest, signal);
        return { destination, compressedSizeBytes: image?.compressedSizeBytes ?? null, trouble: null };
      } catch (error) {
        const trouble = signal.aborted ? 'the registry did not answer in time' : toKilnError(error).message;
        return { destination, compressedSizeBytes: null, trouble };
      }
    }),
  );
}
