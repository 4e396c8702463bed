import { secretsOfFileAlone } from '../../domain/builds/file-secrets.js';
import { KilnError } from '../../domain/errors.js';
import { gitCredentialOf, parseCredentialHost } from '../../domain/secrets/credential.js';
import type { LeaseSecrets, Sealer, SecretsWanted } from '../../ports/secrets.js';
import type { RunSpec } from '../../ports/dispatch.js';
import { readConfig } from '../builds/read-config.js';
import type { Database } from '../database.js';
import type { RegistryMirror } from '../../domain/network/mirrors.js';
import { neededRegistries } from '../../domain/secrets/needed-registries.js';
import { recordedRegistries } from '../dispatch/record-registries.js';
import { holdLease } from '../dispatch/hold-lease.js';
import { readRunSpec } from '../dispatch/run-spec.js';
import { inTenant } from '../in-tenant.js';
import {
  openGitCredential,
  openRegistryCredential,
  openSecret,
  readCredentials,
  readSecrets,
} from './read-values.js';

/** What supervisors may fetch. Works under the role kiln_api. */
export function createLeaseSecrets(
  db: Database,
  sealer: Sealer,
  mirrors: readonly RegistryMirror[] = [],
): LeaseSecrets {
  return {
    async fetch(holder, fence, wanted) {
      const found = await inTenant(db, holder.tenantId, async (tx) => {
        await holdLease(tx, holder, fence);
        const run = await readRunSpec(tx, holder);
        const { layers, withoutSecrets } = await readConfig(tx, holder.buildId);
        requireNamed(withoutSecrets ? { options: {} } : run, wanted.names);
        const scope = { tenantId: holder.tenantId, projectId: run.project_id };
        const git = gitCredentialFor(run, wanted);
        const hosts = wanted.registryHosts.map((host) => parseCredentialHost('registry', host));
        if (hosts.length > 0) {
          requireNeeded(hosts, neededRegistries(run, await recordedRegistries(tx, holder), mirrors));
        }
        return {
          secrets: await readSecrets(tx, scope, wanted.names, secretsOfFileAlone(layers ?? {})),
          git: git && { ...git, rows: await readCredentials(tx, scope, git.kind, [git.host]) },
          registries: await readCredentials(tx, scope, 'registry', hosts),
        };
      });
      return {
        secrets: await Promise.all(found.secrets.map((row) => openSecret(sealer, row))),
        git: found.git && (await openGitCredential(sealer, found.git.kind, found.git.rows[0])),
        registries: await Promise.all(found.registries.map((row) => openRegistryCredential(sealer, row))),
      };
    },
  };
}

/** A supervisor gets no secret that the build does not name, whatever it asks for. */
function requireNamed({ options }: Pick<RunSpec, 'options'>, names: readonly string[]): void {
  const named = new Set(
    [options['secrets'], options['ssh']].flatMap((list: unknown) =>
      Array.isArray(list) ? list.map((secret) => (secret as { name?: unknown } | null)?.name) : [],
    ),
  );
  const foreign = names.filter((name) => !named.has(name));
  if (foreign.length === 0) return;
  throw new KilnError('forbidden', { message: 'The build does not name these secrets.' });
}

/** Nor credentials for registries that the build has nothing to do with. */
function requireNeeded(hosts: readonly string[], needed: ReadonlySet<string>): void {
  const foreign = hosts.filter((host) => !needed.has(host));
  if (foreign.length === 0) return;
  throw new KilnError('forbidden', {
    message: `The build has nothing to do with these registries: ${foreign.join(', ')}.`,
  });
}

/** The credential for the host of the build's own git source; null for any other host. */
function gitCredentialFor({ source }: RunSpec, { gitHost }: SecretsWanted) {
  const url: unknown = 'url' in source ? source.url : null;
  const own = typeof url === 'string' ? gitCredentialOf(url) : null;
  if (own === null || gitHost === null) return null;
  return parseCredentialHost(own.kind, gitHost) === own.host ? own : null;
}
