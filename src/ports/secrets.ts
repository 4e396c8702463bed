import type { CredentialKind } from '../domain/secrets/credential.js';
import type { LeaseHolder } from './dispatch.js';
import type { Page } from './records.js';
import type { TenantContext } from './stores.js';

/** A value as it is stored: encrypted by a key of its own, which is encrypted by the master key of `keyId`. */
export interface Sealed {
  readonly keyId: string;
  readonly wrappedKey: Buffer;
  readonly ciphertext: Buffer;
}

/** What a sealed value belongs to, in a fixed order: put elsewhere it cannot be opened. */
export type SealedFor = readonly (string | null)[];

/**
 * Seals and opens values with the installation's master keys. keyring_missing where it has none, secret_unreadable when the
 * key of a value is gone or the value was changed.
 */
export interface Sealer {
  seal(value: Uint8Array, belongsTo: SealedFor): Promise<Sealed>;
  open(sealed: Sealed, belongsTo: SealedFor): Promise<Buffer>;
  /** The same value with its data key wrapped by the current master key. */
  rewrap(sealed: Sealed, belongsTo: SealedFor): Promise<Sealed>;
  currentKeyId(): Promise<string>;
}

export interface SecretValue {
  readonly name: string;
  readonly value: Buffer;
}

export type GitCredential =
  | { readonly kind: 'git_token'; readonly username: string; readonly token: string }
  | { readonly kind: 'git_ssh_key'; readonly privateKey: string; readonly knownHosts: string };

export interface RegistryCredential {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Opened values for Kiln's own processes. */
export interface SecretVault {
  /** The project's credential before the tenant's; null where neither has one for the host. */
  registryCredential(tenantId: string, projectId: string, host: string): Promise<RegistryCredential | null>;
  /** For the host of a repository, by its URL, as builds of the project get it. */
  gitCredential(tenantId: string, projectId: string, url: string): Promise<GitCredential | null>;
}

/** What a run asks for. `gitHost` null: no git credential. */
export interface SecretsWanted {
  readonly names: readonly string[];
  readonly gitHost: string | null;
  readonly registryHosts: readonly string[];
}

export interface RunSecretValues {
  readonly secrets: readonly SecretValue[];
  readonly git: GitCredential | null;
  readonly registries: readonly RegistryCredential[];
}

/** The supervisor's way to values, under the fence of its lease. */
export interface LeaseSecrets {
  /**
   * Secrets that the build names (forbidden for others, secret_not_allowed for those of the tenant that only its build file names),
   * the git credential for the host of its own source (null for other hosts), and the registry credentials that tenant or project hold
   * for the hosts: forbidden for a registry that is none of the build's staging, destinations and caches, of those recorded for the
   * attempt, and of their mirrors. stale_fence when the lease is over.
   */
  fetch(holder: LeaseHolder, fence: number, wanted: SecretsWanted): Promise<RunSecretValues>;
}

/** A stored secret without its value, which nobody can read back. `projectId` null: for all projects of the tenant. */
export interface StoredSecret {
  readonly id: string;
  readonly name: string;
  readonly project: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface StoredCredential extends Omit<StoredSecret, 'name'> {
  readonly kind: CredentialKind;
  readonly host: string;
  readonly username: string | null;
  readonly knownHosts: string | null;
}

export interface NewCredential {
  readonly kind: CredentialKind;
  readonly host: string;
  readonly username: string | null;
  readonly knownHosts: string | null;
  /** Token, private key or password. */
  readonly value: Uint8Array;
}

/** One page of what the tenant keeps; with `projectId`, what the builds of that project can use. */
export interface SecretFilter {
  readonly projectId: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** The secrets of a tenant as people manage them: written and removed, never read. */
export interface SecretStore {
  /** Stores a value under a name; the version counts up when there was one. */
  put(
    tenant: TenantContext,
    projectId: string | null,
    name: string,
    value: Uint8Array,
  ): Promise<StoredSecret>;
  list(tenant: TenantContext, filter: SecretFilter): Promise<Page<StoredSecret>>;
  /** not_found when there is none. */
  remove(tenant: TenantContext, projectId: string | null, name: string): Promise<void>;
  /** Those of the names that a build of the project could not use; of one that is still to be made without an id. */
  missing(tenant: TenantContext, projectId: string | null, names: readonly string[]): Promise<string[]>;
  /** Those of the names that the project has for itself. */
  owned(tenant: TenantContext, projectId: string | null, names: readonly string[]): Promise<string[]>;
}

export interface CredentialStore {
  put(tenant: TenantContext, projectId: string | null, credential: NewCredential): Promise<StoredCredential>;
  list(tenant: TenantContext, filter: SecretFilter): Promise<Page<StoredCredential>>;
  /** not_found when there is none. */
  remove(tenant: TenantContext, projectId: string | null, kind: CredentialKind, host: string): Promise<void>;
}
