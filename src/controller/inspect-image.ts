import type { ExploredImage } from '../ports/explorations.js';
import type { Owner } from '../ports/dispatch.js';
import type { HeldManifest, MakeSbom, Sboms } from '../ports/sboms.js';
import type { FindScanner, Scanner, Scans } from '../ports/scans.js';

/** Makes bills of materials, and scans them. */
export interface Inspector {
  /** Of one manifest: what is there is not made again, and a scan by the same scanner and database is not repeated. */
  inspect(owner: Owner, manifest: HeldManifest, signal: AbortSignal): Promise<void>;
  /** Of an image that is recorded, or of each of its platforms. */
  inspectImage(image: ExploredImage, signal: AbortSignal): Promise<void>;
  /** Writes down why there is no bill of materials or no scan, where there is none. */
  giveUp(image: ExploredImage, reason: string): Promise<void>;
}

export function createInspector(deps: {
  readonly sboms: Sboms;
  readonly makeSbom: MakeSbom;
  readonly scans: Scans;
  readonly findScanner: FindScanner;
}): Inspector {
  const { sboms, makeSbom, scans, findScanner } = deps;

  const sbomOf = async (owner: Owner, manifest: HeldManifest, signal: AbortSignal) => {
    const known = await sboms.read(owner.tenantId, manifest.digest);
    if (known !== null) return { cyclonedx: known };
    const installed = await sboms.installedByDpkg(owner.tenantId, manifest.digest);
    const made = await makeSbom(owner, manifest, installed, signal);
    await sboms.save(owner.tenantId, manifest.digest, made);
    return made;
  };

  const inspect: Inspector['inspect'] = async (owner, manifest, signal) => {
    const { tenantId } = owner;
    const { digest } = manifest;
    const sbom = await sbomOf(owner, manifest, signal);
    const scanner = await findScanner(signal);
    if ('failureReason' in scanner) await scans.save(tenantId, digest, scanner);
    else if ('failureReason' in sbom)
      await scans.save(tenantId, digest, {
        failureReason: `there is no bill of materials to scan: ${sbom.failureReason}`,
      });
    else if (!isSame(await scans.known(tenantId, digest), scanner))
      await scans.save(tenantId, digest, await scanner.scan(sbom.cyclonedx, signal));
  };

  return {
    inspect,
    inspectImage: async (image, signal) => {
      for (const manifest of await sboms.manifestsOf(image)) await inspect(image, manifest, signal);
    },
    giveUp: async (image, reason) => {
      for (const { digest } of await sboms.manifestsOf(image)) {
        await sboms.save(image.tenantId, digest, { failureReason: reason });
        if ((await scans.known(image.tenantId, digest)) === null)
          await scans.save(image.tenantId, digest, { failureReason: reason });
      }
    },
  };
}

/** A database that does not say what it is may be another one. */
function isSame(known: Awaited<ReturnType<Scans['known']>>, { tool, database }: Scanner): boolean {
  if (known === null || known.tool !== tool) return false;
  if (database.version === null && database.builtAt === null) return false;
  return known.database.version === database.version && known.database.builtAt === database.builtAt;
}
