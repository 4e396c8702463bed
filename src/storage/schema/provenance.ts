import type { Generated } from 'kysely';
import type { AttestationKind, AttestationState } from '../../domain/provenance/attestation.js';

export interface InstallationTable {
  id: Generated<string>;
  is_only: Generated<boolean>;
  scan_trouble: Generated<string | null>;
  traces_wanted: Generated<boolean>;
}

export interface SigningKeysTable {
  key_id: string;
  public_key: string;
  first_used_at: Date;
  /** The newest one is current. */
  current_since: Date;
}

export interface BuildAttestationsTable {
  build_id: string;
  tenant_id: string;
  state: AttestationState;
  reason: string | null;
  requested_at: Date;
  ended_at: Date | null;
}

export interface AttestationsTable {
  id: Generated<string>;
  tenant_id: string;
  project_id: string;
  build_id: string;
  kind: AttestationKind;
  subject_digest: string;
  key_id: string;
  builder_id: string;
  statement: string | null;
  statement_sha256: string;
  signature: string;
  envelope_sha256: string | null;
  envelope_size_bytes: number | null;
  signed_at: Date;
}
