import { createSealer } from '../../adapters/keyring/sealer.js';
import { createImageRegistry } from '../../adapters/registry/image-registry.js';
import { readCertificates } from '../../adapters/registry/certificates.js';
import { openTransport } from '../../adapters/registry/transport.js';
import { inParallel } from '../../adapters/blobs/in-parallel.js';
import { toKilnError } from '../../domain/errors.js';
import type { ImageRegistry } from '../../ports/image-registry.js';
import type { Database } from '../../storage/database.js';
import { createSecretVault } from '../../storage/secrets/secret-vault.js';
import { type CheckResult, Findings } from '../../storage/verify/check.js';
import type { RecordedImage } from '../../storage/verify/stored-values.js';
import type { Place } from '../place.js';

/** Asks the registries for every recorded image and tag. */
export async function checkRegistry(
  place: Pick<Place, 'config' | 'keyringFile'>,
  controller: Database,
  images: readonly RecordedImage[],
): Promise<CheckResult> {
  const { config } = place;
  const transport = openTransport({
    ownHost: config.registry ?? null,
    insecureHosts: config.insecureRegistries,
    allowedNetworks: config.allowedNetworks,
    certificates: readCertificates(config.registryCaDir),
    proxies: config.proxies,
  });
  const vault = createSecretVault(controller, createSealer(place.keyringFile));
  const findings = new Findings();
  await inParallel(images, async (image) => {
    const registry = createImageRegistry({
      transport,
      credentials: (host) => vault.registryCredential(image.tenantId, image.projectId, host),
    });
    const wrong = await ask(registry, image);
    if (wrong !== null) findings.add(wrong);
  });
  return {
    name: 'registry',
    holds: 'The registries serve every published image by its digest, and under its tags.',
    wrong: findings.wrong,
    examples: findings.examples.sort(),
    note: `${String(images.length)} images and tags asked for`,
  };
}

async function ask(registry: ImageRegistry, image: RecordedImage): Promise<string | null> {
  const { repository, digest, tag } = image;
  const name = tag === null ? `${repository}@${digest}` : `${repository}:${tag}`;
  try {
    const head = await registry.head(repository, tag ?? digest);
    if (head === null) return `${name} is absent`;
    return head.digest === digest ? null : `${name} is ${head.digest}, recorded is ${digest}`;
  } catch (error) {
    return `${name}: ${toKilnError(error).message}`;
  }
}
