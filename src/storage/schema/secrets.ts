import type { Generated } from 'kysely';
import type { CredentialKind } from '../../domain/secrets/credential.js';

interface SealedColumns {
  key_id: string;
  wrapped_key: Buffer;
  ciphertext: Buffer;
  version: Generated<number>;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface SecretsTable extends SealedColumns {
  id: Generated<string>;
  tenant_id: string;
  project_id: string | null;
  secret_name: string;
}

export interface CredentialsTable extends SealedColumns {
  id: Generated<string>;
  tenant_id: string;
  project_id: string | null;
  credential_kind: CredentialKind;
  host: string;
  username: string | null;
  known_hosts: string | null;
}
