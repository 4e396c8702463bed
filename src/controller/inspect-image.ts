import { KilnError } from '../domain/errors.js';
import type { ImagePackage } from '../domain/packages/image-package.js';
import type { Artifacts, NewArtifact } from '../ports/artifacts.js';
import type { Content } from '../ports/contents.js';
import type { Owner } from '../ports/dispatch.js';
import type { ExploredImage } from '../ports/explorations.js';
import type { HeldManifest, MakeSbom, Sboms } from '../ports/sboms.js';
import type { FindScanner, Scanner, Scans } from '../ports/scans.js';

/** Makes bills of materials, and scans them. */
export interface Inspector {
  /** Of one manifest: what is there is not made again, and a scan by the same scanner and database is not repeated. */
  inspect(owner: Owner, manifest: HeldManifest, signal: AbortSignal, look?: LookIntoLayers): Promise<void>;
  /** Of an image that is recorded, or of each of its platforms. */
  inspectImage(image: ExploredImage, signal: AbortSignal): Promise<void>;
  /** Whether the bill of materials of a manifest is there, with the bytes of both documents; reads them. */
  hasSbom(tenantId: string, digest: string): Promise<boolean>;
  /** Writes down why there is no bill of materials or no scan, where there is none. */
  giveUp(image: ExploredImage, reason: string): Promise<void>;
}

/** The packages that the layers of a manifest name, where no row tells them yet; null where they cannot be read. */
type LookIntoLayers = () => Promise<readonly ImagePackage[] | null>;

/** The documents are kept before anything names them: a repetition finds them, and keeps the same ones once. */
export function createInspector(deps: {
  readonly sboms: Sboms;
  readonly artifacts: Artifacts;
  readonly makeSbom: MakeSbom;
  readonly scans: Scans;
  readonly findScanner: FindScanner;
}): Inspector {
  const { sboms, artifacts, makeSbom, scans, findScanner } = deps;

  const keep = (manifest: HeldManifest, format: 'cyclonedx' | 'spdx', document: Uint8Array) =>
    artifacts.keepArtifact(sbomArtifact(manifest, format), document);

  /** The documents that are there; null where there are none, or the bytes of one are lost. */
  const read = async (tenantId: string, digest: string) => {
    const found = await sboms.find(tenantId, digest);
    if (found === null) return null;
    const cyclonedx = await readWhole(artifacts, tenantId, found.cyclonedx);
    const spdx = await readWhole(artifacts, tenantId, found.spdx);
    return cyclonedx === null || spdx === null ? null : { cyclonedx, spdx };
  };

  const known = async (tenantId: string, manifest: HeldManifest): Promise<Uint8Array | null> => {
    const there = await read(tenantId, manifest.digest);
    if (there === null) return null;
    const { cyclonedx, spdx } = there;
    // Made for another image of the same digest, such as that of another project or the one in staging.
    await keep(manifest, 'cyclonedx', cyclonedx);
    await keep(manifest, 'spdx', spdx);
    return cyclonedx;
  };

  const sbomOf = async (
    owner: Owner,
    manifest: HeldManifest,
    signal: AbortSignal,
    look: LookIntoLayers,
  ): Promise<{ cyclonedx: Uint8Array } | { failureReason: string }> => {
    const { tenantId } = owner;
    const cyclonedx = await known(tenantId, manifest);
    if (cyclonedx !== null) return { cyclonedx };
    const installed = (await sboms.installedByDpkg(tenantId, manifest.digest)) ?? ofDpkg(await look());
    const made = await makeSbom(owner, manifest, installed, signal);
    if ('failureReason' in made) await sboms.save(tenantId, manifest.digest, made);
    else
      await sboms.save(tenantId, manifest.digest, {
        ...made,
        cyclonedx: await keep(manifest, 'cyclonedx', made.cyclonedx),
        spdx: await keep(manifest, 'spdx', made.spdx),
      });
    return made;
  };

  const inspect: Inspector['inspect'] = async (owner, manifest, signal, look = nobody) => {
    const { tenantId } = owner;
    const { digest } = manifest;
    const sbom = await sbomOf(owner, manifest, signal, look);
    const scanner = await findScanner(signal);
    if ('failureReason' in scanner) return scans.save(tenantId, digest, scanner);
    if ('failureReason' in sbom)
      return scans.save(tenantId, digest, {
        failureReason: `there is no bill of materials to scan: ${sbom.failureReason}`,
      });
    if (isSame(await scans.known(tenantId, digest), scanner)) return;
    const scan = await scanner.scan(sbom.cyclonedx, signal);
    if (!('failureReason' in scan)) await artifacts.keepArtifact(scanArtifact(manifest), scan.report);
    await scans.save(tenantId, digest, scan);
  };

  return {
    inspect,
    inspectImage: async (image, signal) => {
      for (const manifest of await sboms.manifestsOf(image)) await inspect(image, manifest, signal);
    },
    hasSbom: async (tenantId, digest) => (await read(tenantId, digest)) !== null,
    giveUp: async (image, reason) => {
      for (const { digest } of await sboms.manifestsOf(image)) {
        await sboms.save(image.tenantId, digest, { failureReason: reason });
        if ((await scans.known(image.tenantId, digest)) === null)
          await scans.save(image.tenantId, digest, { failureReason: reason });
      }
    },
  };
}

const nobody: LookIntoLayers = () => Promise.resolve(null);

function ofDpkg(packages: readonly ImagePackage[] | null): readonly ImagePackage[] | null {
  const found = packages?.filter(({ type }) => type === 'deb') ?? [];
  return found.length === 0 ? null : found;
}

function sbomArtifact(manifest: HeldManifest, format: 'cyclonedx' | 'spdx'): NewArtifact {
  const mediaType = format === 'cyclonedx' ? 'application/vnd.cyclonedx+json' : 'application/spdx+json';
  const name = `sbom${platformPart(manifest)}.${format}.json`;
  // A document that is made again, since its bytes were lost, is the one that is meant.
  return { owner: manifest.owner, type: 'sbom', name, mediaType, replaces: true };
}

function scanArtifact(manifest: HeldManifest): NewArtifact {
  const name = `scan${platformPart(manifest)}.json`;
  return {
    owner: manifest.owner,
    type: 'security_scan',
    name,
    mediaType: 'application/json',
    replaces: true,
  };
}

/** As artifacts may be named: `.linux-arm64`. */
function platformPart({ platform }: HeldManifest): string {
  return platform === null ? '' : `.${platform.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 50)}`;
}

async function readWhole(
  artifacts: Artifacts,
  tenantId: string,
  content: Content,
): Promise<Uint8Array | null> {
  try {
    const parts: Uint8Array[] = [];
    for await (const part of await artifacts.readArtifact(tenantId, content)) parts.push(part);
    return Buffer.concat(parts);
  } catch (error) {
    const isLost =
      error instanceof KilnError && (error.code === 'not_found' || error.code === 'digest_mismatch');
    if (isLost) return null;
    throw error;
  }
}

/** Whether an image was scanned by this scanner and database. A database that does not say what it is may be another one. */
export function isSame(known: Awaited<ReturnType<Scans['known']>>, { tool, database }: Scanner): boolean {
  if (known === null || known.tool !== tool) return false;
  if (database.version === null && database.builtAt === null) return false;
  return known.database.version === database.version && known.database.builtAt === database.builtAt;
}
