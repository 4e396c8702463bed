-- Notifications: what Kiln tells others of its builds. A delivery is written in the transaction that changes the status of the build.

CREATE TABLE notification_targets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  project_id uuid,
  target_name varchar(63) NOT NULL CHECK (target_name ~ '^[a-z0-9][a-z0-9_.-]*$'),
  target_kind varchar(20) NOT NULL CHECK (target_kind IN ('webhook', 'github', 'gitlab', 'gitea')),
  url varchar(2048) NOT NULL,
  git_host varchar(255),
  events jsonb NOT NULL CHECK (jsonb_typeof(events) = 'array'),
  key_id varchar(100) NOT NULL,
  wrapped_key bytea NOT NULL,
  ciphertext bytea NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  disabled_at timestamptz(3),
  disabled_reason text,
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, target_name),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT notification_targets_host_of_git CHECK ((target_kind = 'webhook') = (git_host IS NULL)),
  CONSTRAINT notification_targets_disabled_with_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CONSTRAINT notification_targets_disabled_is_off CHECK (disabled_at IS NULL OR NOT is_active)
);
COMMENT ON COLUMN notification_targets.project_id IS 'Whose builds; NULL for those of all projects.';
COMMENT ON COLUMN notification_targets.url IS 'Where webhooks are sent; of a git host the base of its API.';
COMMENT ON COLUMN notification_targets.git_host IS 'Host of the sources whose commits get a status.';
COMMENT ON COLUMN notification_targets.ciphertext IS 'The secrets of the signatures, or the token of the git host, sealed.';
COMMENT ON COLUMN notification_targets.disabled_reason IS 'Why Kiln itself has switched it off.';
CREATE INDEX notification_targets_key ON notification_targets (key_id, id);
CALL protect_tenant_table('notification_targets');

CREATE TABLE notification_deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  target_id uuid NOT NULL,
  build_id uuid,
  event_type varchar(50) NOT NULL,
  subject varchar(200),
  payload text NOT NULL,
  delivery_state varchar(20) NOT NULL DEFAULT 'pending'
    CHECK (delivery_state IN ('pending', 'delivered', 'superseded', 'dead')),
  attempts int NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  replay_count int NOT NULL DEFAULT 0 CHECK (replay_count >= 0),
  next_attempt_at timestamptz(3) DEFAULT clock_timestamp(),
  claimed_until timestamptz(3),
  response_status int CHECK (response_status BETWEEN 100 AND 999),
  error_message text,
  settled_at timestamptz(3),
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, target_id) REFERENCES notification_targets (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  CONSTRAINT notification_deliveries_due_while_pending CHECK ((delivery_state = 'pending') = (next_attempt_at IS NOT NULL)),
  CONSTRAINT notification_deliveries_claimed_while_pending CHECK (delivery_state = 'pending' OR claimed_until IS NULL),
  CONSTRAINT notification_deliveries_settled CHECK ((delivery_state = 'pending') = (settled_at IS NULL)),
  CONSTRAINT notification_deliveries_reason CHECK (delivery_state NOT IN ('superseded', 'dead') OR error_message IS NOT NULL)
);
COMMENT ON COLUMN notification_deliveries.id IS 'The webhook-id: the same however often it is sent.';
COMMENT ON COLUMN notification_deliveries.subject IS 'What the receiver keeps one state of: of several deliveries about it the newest counts, and one is on its way at a time.';
COMMENT ON COLUMN notification_deliveries.payload IS 'The body, byte by byte as it is signed.';
COMMENT ON COLUMN notification_deliveries.next_attempt_at IS 'When it is sent, or sent again; who takes it moves this ahead, which is its claim.';
COMMENT ON COLUMN notification_deliveries.claimed_until IS 'Until then somebody may be sending it.';
CREATE INDEX notification_deliveries_due ON notification_deliveries (target_id, next_attempt_at, sequence) WHERE delivery_state = 'pending';
CREATE INDEX notification_deliveries_next ON notification_deliveries (next_attempt_at) WHERE delivery_state = 'pending';
CREATE INDEX notification_deliveries_subject ON notification_deliveries (target_id, subject, sequence) WHERE subject IS NOT NULL;
CREATE INDEX notification_deliveries_newest ON notification_deliveries (tenant_id, target_id, created_at DESC, id DESC);
CREATE INDEX notification_deliveries_dead ON notification_deliveries (target_id) WHERE delivery_state = 'dead';
CREATE INDEX notification_deliveries_build ON notification_deliveries (tenant_id, build_id) WHERE build_id IS NOT NULL;
CREATE INDEX notification_deliveries_settled_age ON notification_deliveries (settled_at) WHERE settled_at IS NOT NULL;
CALL protect_tenant_table('notification_deliveries');

GRANT SELECT, INSERT, DELETE ON notification_targets TO kiln_api;
GRANT UPDATE (target_name, url, git_host, events, key_id, wrapped_key, ciphertext, is_active, disabled_at, disabled_reason, updated_at)
  ON notification_targets TO kiln_api;
GRANT SELECT, UPDATE (key_id, wrapped_key, is_active, disabled_at, disabled_reason, updated_at) ON notification_targets TO kiln_controller;
GRANT SELECT, INSERT ON notification_deliveries TO kiln_api;
GRANT UPDATE (delivery_state, attempts, replay_count, next_attempt_at, claimed_until, response_status, error_message, settled_at)
  ON notification_deliveries TO kiln_api;
GRANT SELECT, INSERT, DELETE, UPDATE (delivery_state, attempts, next_attempt_at, claimed_until, response_status, error_message, settled_at)
  ON notification_deliveries TO kiln_controller;

-- One delivery for each target that wants to hear of it. Who changes a status cannot forget them, and they come and go with the change.
CREATE FUNCTION put_notifications(of_build uuid, was text, becomes text, why text, happened_at timestamptz, to_git_hosts_only boolean)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO public.notification_deliveries (tenant_id, target_id, build_id, event_type, subject, payload)
  SELECT b.tenant_id, t.id, b.id, 'build.' || becomes,
    CASE WHEN t.target_kind <> 'webhook' THEN b.project_id::text || ' ' || b.git_commit END,
    json_build_object(
      'type', 'build.' || becomes,
      'timestamp', to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'data', json_build_object(
        'build_id', b.id, 'number', b.build_number, 'project', p.slug, 'method', b.build_method,
        'status', becomes, 'previous_status', was, 'reason', why, 'attempt', b.attempt_count,
        'trigger', (SELECT trigger_type FROM public.build_triggers WHERE build_id = b.id),
        'repository_url', c.git_url, 'commit', b.git_commit, 'branch', b.branch, 'author', b.author,
        'message', left(b.message, 1000),
        'image', CASE WHEN becomes = 'success' THEN json_build_object(
          'repository', b.image_repository, 'digest', r.output_image_digest, 'destinations', b.destinations) END,
        'failure', CASE WHEN becomes = 'failed' THEN json_build_object(
          'code', r.failure_code, 'stage', r.failure_stage, 'message', left(r.failure_reason, 2000)) END,
        'duration_milliseconds', CASE WHEN becomes IN ('success', 'failed', 'cancelled') THEN r.total_duration_milliseconds END
      ))::text
  FROM public.builds b
  JOIN public.projects p ON p.id = b.project_id
  JOIN public.build_configs c ON c.build_id = b.id
  JOIN public.build_results r ON r.build_id = b.id
  JOIN public.notification_targets t ON t.tenant_id = b.tenant_id
  WHERE b.id = of_build AND t.is_active AND (t.project_id IS NULL OR t.project_id = b.project_id) AND t.events ? becomes
    AND CASE WHEN t.target_kind = 'webhook' THEN NOT to_git_hosts_only
      -- Addresses of repositories are stored in one spelling: scheme://[user@]host[:port]/path or user@host:path.
      ELSE b.git_commit IS NOT NULL AND t.git_host = substring(c.git_url FROM '^(?:[a-z]+://)?(?:[^@/]*@)?(\[[^]]*\]|[^:/]+)') END;
  IF FOUND THEN PERFORM pg_notify('kiln_notification', ''); END IF;
END $$;

CREATE FUNCTION notify_of_status() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id) THEN
    PERFORM public.put_notifications(NEW.build_id, NEW.from_status, NEW.to_status, NEW.reason, NEW.changed_at, false);
  END IF;
  RETURN NULL;
END $$;
-- At the end of the transaction, where the configuration of a new build is there too.
CREATE CONSTRAINT TRIGGER notify_of_status AFTER INSERT ON build_status_history DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.from_status IS DISTINCT FROM NEW.to_status) EXECUTE FUNCTION notify_of_status();

-- A build of a branch has no commit before its host has looked: then the commit gets the status that the build has by now.
CREATE FUNCTION notify_of_commit() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id AND git_host IS NOT NULL) THEN
    PERFORM public.put_notifications(NEW.id, NULL, NEW.status, 'its commit is known', clock_timestamp(), true);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER notify_of_commit AFTER UPDATE OF git_commit ON builds
  FOR EACH ROW WHEN (OLD.git_commit IS NULL AND NEW.git_commit IS NOT NULL) EXECUTE FUNCTION notify_of_commit();

-- The badge of a project, for whoever has its address.
ALTER TABLE projects ADD badge_token_sha256 bytea UNIQUE CHECK (octet_length(badge_token_sha256) = 32);
COMMENT ON COLUMN projects.badge_token_sha256 IS 'Of the token in the address of the badge; NULL while it has none.';
GRANT UPDATE (badge_token_sha256) ON projects TO kiln_api;
CREATE POLICY resolved_by_owner ON projects FOR SELECT TO kiln_owner USING (true);
CREATE FUNCTION resolve_badge(sha256 bytea) RETURNS TABLE (tenant_id uuid, project_id uuid, slug varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p.tenant_id, p.id, p.slug FROM public.projects p WHERE p.badge_token_sha256 = sha256 $$;
REVOKE ALL ON FUNCTION resolve_badge(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_badge(bytea) TO kiln_api;
CREATE INDEX builds_branch_ended ON builds (project_id, branch, created_at DESC, id DESC) WHERE status IN ('success', 'failed', 'cancelled');
CREATE INDEX builds_project_ended ON builds (project_id, created_at DESC, id DESC) WHERE status IN ('success', 'failed', 'cancelled');
