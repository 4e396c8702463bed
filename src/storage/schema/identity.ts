import type { Generated } from 'kysely';
import type { ProjectDefaults } from '../../contracts/build-file.js';
import type { BaseImageWatch } from '../../domain/base-images/watch.js';
import type { Trust } from '../../domain/builds/trust.js';
import type { GatePolicy } from '../../domain/gates/gate-policy.js';
import type { RetentionPolicy } from '../../domain/retention/retention-policy.js';
import type { DefaultedJson, Json } from './json.js';

export interface TenantsTable {
  id: Generated<string>;
  slug: string;
  name: string;
  /** IANA name. */
  time_zone: Generated<string>;
  created_at: Generated<Date>;
}

export interface UsersTable {
  id: Generated<string>;
  tenant_id: string;
  username: string;
  email: string | null;
  created_at: Generated<Date>;
}

export interface ProjectsTable {
  id: Generated<string>;
  tenant_id: string;
  slug: string;
  name: string;
  image_repository: string;
  destinations: DefaultedJson<string[]>;
  defaults: DefaultedJson<ProjectDefaults>;
  gate: Json<GatePolicy | null>;
  retention: Json<RetentionPolicy | null>;
  base_image_watch: Json<BaseImageWatch | null>;
  last_build_number: Generated<number>;
  trust: Generated<Trust>;
  trust_set_by_user_id: string | null;
  trust_set_at: Date | null;
  badge_token_sha256: Buffer | null;
  created_at: Generated<Date>;
}

export interface UploadsTable {
  id: Generated<string>;
  tenant_id: string;
  sha256: string;
  size_bytes: number;
  entry_count: Generated<number>;
  created_by_user_id: string | null;
  created_at: Generated<Date>;
}

export interface ApiTokensTable {
  id: Generated<string>;
  tenant_id: string;
  user_id: string;
  token_name: string;
  token_sha256: Buffer;
  created_at: Generated<Date>;
  expires_at: Date | null;
  revoked_at: Date | null;
}
