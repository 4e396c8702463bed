-- Webhooks: what git hosts tell of, and the builds that it starts. A delivery is stored before it is answered.

CREATE TABLE webhook_configs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid NOT NULL,
  webhook_name varchar(63) NOT NULL CHECK (webhook_name ~ '^[a-z0-9][a-z0-9_.-]*$'),
  webhook_url varchar(100) NOT NULL GENERATED ALWAYS AS ('/v1/webhooks/' || id::text) STORED,
  provider varchar(20) NOT NULL CHECK (provider IN ('github', 'gitlab', 'gitea', 'forgejo', 'generic')),
  repository_url varchar(2048) NOT NULL,
  key_id varchar(100) NOT NULL,
  wrapped_key bytea NOT NULL,
  ciphertext bytea NOT NULL,
  event_types jsonb NOT NULL CHECK (jsonb_typeof(event_types) = 'array'),
  branch_patterns jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(branch_patterns) = 'array'),
  tag_patterns jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(tag_patterns) = 'array'),
  path_patterns jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(path_patterns) = 'array'),
  auto_build_enabled boolean NOT NULL DEFAULT true,
  build_method varchar(20),
  build_config_preset jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(build_config_preset) = 'object'),
  coalesce_seconds int NOT NULL DEFAULT 0 CHECK (coalesce_seconds BETWEEN 0 AND 3600),
  is_active boolean NOT NULL DEFAULT true,
  is_verified boolean NOT NULL DEFAULT false,
  refused_count bigint NOT NULL DEFAULT 0,
  last_refused_at timestamptz(3),
  last_refused_reason varchar(500),
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, webhook_name),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT webhook_configs_last_refusal CHECK ((refused_count = 0) = (last_refused_at IS NULL))
);
COMMENT ON COLUMN webhook_configs.webhook_url IS 'Path of the address that the git host calls.';
COMMENT ON COLUMN webhook_configs.ciphertext IS 'The secret of the signatures, sealed.';
COMMENT ON COLUMN webhook_configs.refused_count IS 'Requests that its secret has not signed: they are counted and not kept, since anybody can send them.';
CREATE INDEX webhook_configs_key ON webhook_configs (key_id, id);
CALL protect_tenant_table('webhook_configs');
CREATE POLICY resolved_by_owner ON webhook_configs FOR SELECT TO kiln_owner USING (true);

-- Who calls an address has no token: the id leads to the tenant, the signature says whether he may.
CREATE FUNCTION resolve_webhook(webhook uuid) RETURNS SETOF webhook_configs
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT * FROM public.webhook_configs WHERE id = webhook AND is_active $$;
REVOKE ALL ON FUNCTION resolve_webhook(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_webhook(uuid) TO kiln_api;

CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  webhook_config_id uuid NOT NULL,
  delivery_id varchar(200) NOT NULL,
  event_type varchar(100) NOT NULL,
  headers jsonb NOT NULL CHECK (jsonb_typeof(headers) = 'object'),
  payload bytea NOT NULL,
  delivery_status varchar(20) NOT NULL CHECK (delivery_status IN
    ('pending', 'awaiting_approval', 'started', 'coalesced', 'ignored', 'refused', 'failed')),
  asked jsonb CHECK (jsonb_typeof(asked) = 'object'),
  reason text,
  response_status int NOT NULL CHECK (response_status BETWEEN 200 AND 599),
  attempt_number int NOT NULL DEFAULT 0 CHECK (attempt_number >= 0),
  next_retry_at timestamptz(3),
  error_message text,
  replay_count int NOT NULL DEFAULT 0 CHECK (replay_count >= 0),
  build_count int NOT NULL DEFAULT 1 CHECK (build_count >= 1),
  build_id uuid,
  coalesced_into_id uuid,
  approved_by_user_id uuid,
  approved_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (webhook_config_id, delivery_id),
  FOREIGN KEY (tenant_id, webhook_config_id) REFERENCES webhook_configs (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  FOREIGN KEY (tenant_id, approved_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT webhook_deliveries_due_while_pending CHECK ((delivery_status = 'pending') = (next_retry_at IS NOT NULL)),
  CONSTRAINT webhook_deliveries_asked_to_start
    CHECK (delivery_status NOT IN ('pending', 'awaiting_approval', 'started', 'coalesced') OR asked IS NOT NULL),
  CONSTRAINT webhook_deliveries_started_with_build CHECK (delivery_status <> 'started' OR build_id IS NOT NULL),
  CONSTRAINT webhook_deliveries_reason
    CHECK (delivery_status NOT IN ('awaiting_approval', 'coalesced', 'ignored', 'refused', 'failed') OR reason IS NOT NULL)
);
COMMENT ON COLUMN webhook_deliveries.delivery_id IS 'How the git host calls it: the same however often it is sent.';
COMMENT ON COLUMN webhook_deliveries.payload IS 'The body as it came.';
COMMENT ON COLUMN webhook_deliveries.asked IS 'What it asks to be built; NULL where it starts nothing.';
COMMENT ON COLUMN webhook_deliveries.reason IS 'Why there is no build, or not yet.';
COMMENT ON COLUMN webhook_deliveries.next_retry_at IS 'When the controller makes a build of it, or tries that again.';
COMMENT ON COLUMN webhook_deliveries.error_message IS 'Why the last try made no build.';
COMMENT ON COLUMN webhook_deliveries.build_count IS 'How many builds were asked of it: one, unless a replay wanted another.';
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (tenant_id, webhook_config_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_retry_at) WHERE delivery_status = 'pending';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_build ON webhook_deliveries (tenant_id, build_id) WHERE build_id IS NOT NULL;
CALL protect_tenant_table('webhook_deliveries');

GRANT SELECT, INSERT, DELETE ON webhook_configs TO kiln_api;
GRANT UPDATE (webhook_name, repository_url, key_id, wrapped_key, ciphertext, event_types, branch_patterns, tag_patterns, path_patterns,
  auto_build_enabled, build_method, build_config_preset, coalesce_seconds, is_active, is_verified, refused_count, last_refused_at,
  last_refused_reason, updated_at) ON webhook_configs TO kiln_api;
GRANT SELECT, INSERT ON webhook_deliveries TO kiln_api;
GRANT UPDATE (delivery_status, asked, reason, attempt_number, next_retry_at, error_message, replay_count, build_count, coalesced_into_id,
  approved_by_user_id, approved_at) ON webhook_deliveries TO kiln_api;
GRANT SELECT, UPDATE (key_id, wrapped_key) ON webhook_configs TO kiln_controller;
GRANT SELECT, DELETE, UPDATE (delivery_status, reason, attempt_number, next_retry_at, error_message, build_id)
  ON webhook_deliveries TO kiln_controller;

ALTER TABLE build_configs ADD without_secrets boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN build_configs.without_secrets IS 'Its code comes from a stranger: it gets none of the secrets, and is untrusted whatever the project is.';
ALTER TABLE build_configs ADD CONSTRAINT build_configs_strangers_untrusted CHECK (NOT without_secrets OR trust = 'untrusted');
