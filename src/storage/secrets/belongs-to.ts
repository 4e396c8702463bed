import type { TargetKind } from '../../domain/notifications/target-kind.js';
import type { CredentialKind } from '../../domain/secrets/credential.js';
import type { Sealed, SealedFor } from '../../ports/secrets.js';

/*
 * What a sealed value is bound to: the unique key of its row, and for a credential also what stands beside it in clear, so that
 * nobody who can write to the database sends it elsewhere.
 */
export function secretBelongsTo(row: {
  readonly tenant_id: string;
  readonly project_id: string | null;
  readonly secret_name: string;
}): SealedFor {
  return ['secret', row.tenant_id, row.project_id, row.secret_name];
}

export function credentialBelongsTo(row: {
  readonly tenant_id: string;
  readonly project_id: string | null;
  readonly credential_kind: CredentialKind;
  readonly host: string;
  readonly username: string | null;
  readonly known_hosts: string | null;
}): SealedFor {
  const { tenant_id, project_id, credential_kind, host, username, known_hosts } = row;
  return ['credential', tenant_id, project_id, credential_kind, host, username, known_hosts];
}

export function webhookBelongsTo(row: { readonly tenant_id: string; readonly id: string }): SealedFor {
  return ['webhook', row.tenant_id, row.id];
}

/** A target of notifications. */
export interface NotificationOwner {
  readonly tenant_id: string;
  readonly id: string;
  readonly target_kind: TargetKind;
  readonly url: string;
}

/** A token goes to the host that it was stored for, and nowhere else; what only signs may be sent to another address. */
export function notificationBelongsTo({ tenant_id, id, target_kind, url }: NotificationOwner): SealedFor {
  return ['notification', tenant_id, id, target_kind, target_kind === 'webhook' ? null : url];
}

/** The sealed columns of a row. */
export function sealedOf(row: {
  readonly key_id: string;
  readonly wrapped_key: Buffer;
  readonly ciphertext: Buffer;
}): Sealed {
  return { keyId: row.key_id, wrappedKey: row.wrapped_key, ciphertext: row.ciphertext };
}

export function sealedColumns({ keyId, wrappedKey, ciphertext }: Sealed) {
  return { key_id: keyId, wrapped_key: wrappedKey, ciphertext };
}
