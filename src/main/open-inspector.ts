import type { RegistryTransport } from '../adapters/registry/transport.js';
import { createInspector } from '../controller/inspect-image.js';
import { signInspected } from '../controller/sign-inspected.js';
import type { ControllerConfig } from '../config.js';
import type { Owner } from '../ports/dispatch.js';
import type { SecretVault } from '../ports/secrets.js';
import type { Database } from '../storage/database.js';
import { createGivenSecrets } from '../storage/secrets/given-secrets.js';
import { createMakeSbom } from './inspection-programs.js';

type Parts = Omit<Parameters<typeof createInspector>[0], 'makeSbom'>;

/** Bills of materials and scans of images, without the values that builds were given, signed when they are there. */
export function openInspector({
  config,
  database,
  transport,
  vault,
  hiddenFor,
  attestations,
  ...parts
}: Parts & {
  readonly config: Pick<ControllerConfig, 'syftPath'>;
  readonly database: Database;
  readonly transport: RegistryTransport;
  readonly vault: Pick<SecretVault, 'registryCredential'>;
  readonly hiddenFor: (owner: Owner) => Promise<readonly string[]>;
  readonly attestations: Parameters<typeof signInspected>[0];
}): ReturnType<typeof createInspector> {
  const givenSecrets = createGivenSecrets(database, hiddenFor);
  const makeSbom = createMakeSbom({
    syft: config.syftPath,
    searchPath: process.env['PATH'],
    transport,
    credential: ({ tenantId, projectId }, host) => vault.registryCredential(tenantId, projectId, host),
    hiddenIn: async (owner, manifest) => [
      ...(await hiddenFor(owner)),
      ...(await givenSecrets.ofManifest(manifest)),
    ],
  });
  return signInspected(attestations, createInspector({ ...parts, makeSbom }));
}
