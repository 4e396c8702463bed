import { sql } from 'kysely';
import { secretMissing, secretNotAllowed } from '../../domain/builds/file-secrets.js';
import type { CredentialKind, GitCredentialKind } from '../../domain/secrets/credential.js';
import type { GitCredential, RegistryCredential, Sealer, SecretValue } from '../../ports/secrets.js';
import type { Tx } from '../database.js';
import { credentialBelongsTo, sealedOf, secretBelongsTo } from './belongs-to.js';

/** Whose values are read. The tenant is always named: the controller's role sees the rows of all. */
export interface Scope {
  readonly tenantId: string;
  readonly projectId: string;
}

/**
 * The sealed secrets of these names, one for each: the project's own before the tenant's. secret_missing names what is not there,
 * secret_not_allowed what only the tenant has and has to be the project's own.
 */
export async function readSecrets(
  tx: Tx,
  scope: Scope,
  names: readonly string[],
  ownOnly: ReadonlySet<string>,
) {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return [];
  const rows = await tx
    .selectFrom('secrets')
    .distinctOn('secret_name')
    .selectAll()
    .where('tenant_id', '=', scope.tenantId)
    .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', scope.projectId)]))
    .where('secret_name', 'in', wanted)
    .orderBy('secret_name')
    .orderBy(sql`project_id NULLS LAST`)
    .execute();
  const missing = wanted.filter((name) => !rows.some((row) => row.secret_name === name));
  if (missing.length > 0) throw secretMissing(missing);
  const foreign = rows.filter((row) => row.project_id === null && ownOnly.has(row.secret_name));
  if (foreign.length > 0) throw secretNotAllowed(foreign.map((row) => row.secret_name));
  return rows;
}

/** The sealed credentials of a kind for these hosts, at most one for each: the project's own before the tenant's. */
export async function readCredentials(tx: Tx, scope: Scope, kind: CredentialKind, hosts: readonly string[]) {
  if (hosts.length === 0) return [];
  return tx
    .selectFrom('credentials')
    .distinctOn('host')
    .selectAll()
    .where('tenant_id', '=', scope.tenantId)
    .where((eb) => eb.or([eb('project_id', 'is', null), eb('project_id', '=', scope.projectId)]))
    .where('credential_kind', '=', kind)
    .where('host', 'in', [...new Set(hosts)])
    .orderBy('host')
    .orderBy(sql`project_id NULLS LAST`)
    .execute();
}

type SecretRow = Awaited<ReturnType<typeof readSecrets>>[number];
type CredentialRow = Awaited<ReturnType<typeof readCredentials>>[number];

export async function openSecret(sealer: Sealer, row: SecretRow): Promise<SecretValue> {
  return { name: row.secret_name, value: await sealer.open(sealedOf(row), secretBelongsTo(row)) };
}

export async function openGitCredential(
  sealer: Sealer,
  kind: GitCredentialKind,
  row: CredentialRow | undefined,
): Promise<GitCredential | null> {
  if (row === undefined) return null;
  const value = await openCredential(sealer, row);
  return kind === 'git_token'
    ? { kind, username: row.username ?? '', token: value }
    : { kind, privateKey: value, knownHosts: row.known_hosts ?? '' };
}

export async function openRegistryCredential(
  sealer: Sealer,
  row: CredentialRow,
): Promise<RegistryCredential> {
  return { host: row.host, username: row.username ?? '', password: await openCredential(sealer, row) };
}

async function openCredential(sealer: Sealer, row: CredentialRow): Promise<string> {
  return (await sealer.open(sealedOf(row), credentialBelongsTo(row))).toString('utf8');
}
