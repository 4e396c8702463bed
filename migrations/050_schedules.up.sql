-- Schedules: builds that start when their time has come. A Temporal Schedule rings for each; the rows say what is so.

CREATE TABLE build_schedules (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  project_id uuid NOT NULL,
  schedule_name varchar(63) NOT NULL,
  cron_expression varchar(200) NOT NULL,
  timezone varchar(64) NOT NULL,
  jitter_seconds int NOT NULL CHECK (jitter_seconds BETWEEN 0 AND 3600),
  overlap varchar(20) NOT NULL CHECK (overlap IN ('skip', 'buffer_one', 'allow_all', 'cancel_other')),
  catchup_window_seconds int NOT NULL CHECK (catchup_window_seconds BETWEEN 60 AND 2592000),
  git_url varchar(2048) NOT NULL,
  git_branch varchar(255) NOT NULL,
  build_method varchar(20),
  build_config_preset jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(build_config_preset) = 'object'),
  is_active boolean NOT NULL DEFAULT true,
  pause_note varchar(500),
  last_triggered_at timestamptz(3),
  next_trigger_at timestamptz(3),
  revision int NOT NULL DEFAULT 1,
  synced_revision int NOT NULL DEFAULT 0,
  trouble text,
  created_by_user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id),
  FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users (tenant_id, id),
  CONSTRAINT build_schedules_next_while_active CHECK (is_active OR next_trigger_at IS NULL)
);
COMMENT ON COLUMN build_schedules.next_trigger_at IS 'The first time that no tick accounts for yet; NULL while it is paused.';
COMMENT ON COLUMN build_schedules.synced_revision IS 'The revision that the Temporal Schedule has; another one is brought into step. Negative where Temporal has refused it.';
COMMENT ON COLUMN build_schedules.trouble IS 'Why it could not be brought into step.';
COMMENT ON COLUMN build_schedules.deleted_at IS 'Since when it is removed: the row goes once its Temporal Schedule is gone.';
CREATE UNIQUE INDEX build_schedules_name ON build_schedules (tenant_id, project_id, schedule_name) WHERE deleted_at IS NULL;
CREATE INDEX build_schedules_unsynced ON build_schedules (id) WHERE revision <> abs(synced_revision);
CREATE INDEX build_schedules_next ON build_schedules (next_trigger_at) WHERE deleted_at IS NULL;
CALL protect_tenant_table('build_schedules');

CREATE TABLE schedule_ticks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  scheduled_at timestamptz(3) NOT NULL,
  tick_kind varchar(20) NOT NULL CHECK (tick_kind IN ('clock', 'run_now', 'backfill')),
  tick_status varchar(20) NOT NULL
    CHECK (tick_status IN ('due', 'buffered', 'starting', 'started', 'skipped', 'failed')),
  build_id uuid,
  reason text,
  ask_at timestamptz(3) NOT NULL DEFAULT now(),
  waited boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  settled_at timestamptz(3),
  UNIQUE (schedule_id, scheduled_at),
  FOREIGN KEY (tenant_id, schedule_id) REFERENCES build_schedules (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, build_id) REFERENCES builds (tenant_id, id),
  CONSTRAINT schedule_ticks_started_with_build CHECK ((tick_status = 'started') = (build_id IS NOT NULL)),
  CONSTRAINT schedule_ticks_reason_without_build CHECK (tick_status NOT IN ('skipped', 'failed') OR reason IS NOT NULL),
  CONSTRAINT schedule_ticks_settled CHECK ((tick_status IN ('started', 'skipped', 'failed')) = (settled_at IS NOT NULL))
);
COMMENT ON TABLE schedule_ticks IS 'What became of each time of a schedule; one build at most for each.';
COMMENT ON COLUMN schedule_ticks.ask_at IS 'When the controller asks for it (again), as long as it is not settled.';
COMMENT ON COLUMN schedule_ticks.waited IS 'It has waited for an earlier build, so it may be late.';
CREATE INDEX schedule_ticks_open ON schedule_ticks (ask_at) WHERE tick_status IN ('due', 'buffered', 'starting');
CREATE INDEX schedule_ticks_build ON schedule_ticks (build_id) WHERE build_id IS NOT NULL;
CALL protect_tenant_table('schedule_ticks');

GRANT SELECT, INSERT ON build_schedules, schedule_ticks TO kiln_api;
GRANT UPDATE (schedule_name, cron_expression, timezone, jitter_seconds, overlap, catchup_window_seconds, git_url, git_branch,
  build_method, build_config_preset, is_active, pause_note, last_triggered_at, next_trigger_at, revision, updated_at, deleted_at)
  ON build_schedules TO kiln_api;
GRANT UPDATE (tick_kind, tick_status, build_id, reason, ask_at, settled_at) ON schedule_ticks TO kiln_api;
GRANT SELECT, UPDATE, DELETE ON build_schedules TO kiln_controller;
GRANT SELECT, INSERT, UPDATE, DELETE ON schedule_ticks TO kiln_controller;
