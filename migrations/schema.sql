-- The schema after all migrations, as the catalog describes it. Made and compared by test/migrations/migrate.pg.test.ts;
-- UPDATE_GOLDENS=1 writes it anew. Not made by pg_dump, whose output differs between versions of PostgreSQL.
-- Partitions of build_logs and Kysely's own tables are left out.

-- tables
partitioned build_logs owner=kiln_owner row-security forced partition by RANGE (build_day)
table api_tokens owner=kiln_owner row-security forced
table attempts owner=kiln_owner row-security forced
table attestations owner=kiln_owner row-security forced
table base_image_moves owner=kiln_owner row-security forced
table base_image_rebuilds owner=kiln_owner row-security forced
table build_artifacts owner=kiln_owner row-security forced
table build_attestations owner=kiln_owner row-security forced
table build_base_images owner=kiln_owner row-security forced
table build_concurrency_policies owner=kiln_owner row-security forced
table build_configs owner=kiln_owner row-security forced
table build_gates owner=kiln_owner row-security forced
table build_limits owner=kiln_owner row-security forced
table build_metrics owner=kiln_owner row-security forced
table build_outcomes_daily owner=kiln_owner row-security forced
table build_performance_daily owner=kiln_owner row-security forced
table build_prunes owner=kiln_owner row-security forced
table build_results owner=kiln_owner row-security forced
table build_retentions owner=kiln_owner row-security forced
table build_schedules owner=kiln_owner row-security forced
table build_status_history owner=kiln_owner row-security forced
table build_steps owner=kiln_owner row-security forced
table build_test_reports owner=kiln_owner row-security forced
table build_test_results owner=kiln_owner row-security forced
table build_triggers owner=kiln_owner row-security forced
table build_warnings owner=kiln_owner row-security forced
table build_workers owner=kiln_owner row-security forced
table builds owner=kiln_owner row-security forced
table cache_use_daily owner=kiln_owner row-security forced
table contents owner=kiln_owner row-security forced
table control_plane_beats owner=kiln_owner
table credentials owner=kiln_owner row-security forced
table explored_layers owner=kiln_owner row-security forced
table idempotency_keys owner=kiln_owner row-security forced
table image_explorations owner=kiln_owner row-security forced
table image_findings owner=kiln_owner row-security forced
table image_layers owner=kiln_owner row-security forced
table image_metadata owner=kiln_owner row-security forced
table image_package_lists owner=kiln_owner row-security forced
table image_packages owner=kiln_owner row-security forced
table image_platforms owner=kiln_owner row-security forced
table image_prunes owner=kiln_owner row-security forced
table image_removals owner=kiln_owner row-security forced
table image_sboms owner=kiln_owner row-security forced
table image_scans owner=kiln_owner row-security forced
table image_tags owner=kiln_owner row-security forced
table images owner=kiln_owner row-security forced
table installation owner=kiln_owner
table layer_explorations owner=kiln_owner row-security forced
table layer_usage owner=kiln_owner row-security forced
table leases owner=kiln_owner row-security forced
table notification_deliveries owner=kiln_owner row-security forced
table notification_targets owner=kiln_owner row-security forced
table open_removals owner=kiln_owner
table outbox owner=kiln_owner row-security forced
table owed_traces owner=kiln_owner row-security forced
table project_performance_daily owner=kiln_owner row-security forced
table projects owner=kiln_owner row-security forced
table publications owner=kiln_owner row-security forced
table removed_log_days owner=kiln_owner row-security forced
table schedule_ticks owner=kiln_owner row-security forced
table secrets owner=kiln_owner row-security forced
table signing_keys owner=kiln_owner
table tag_moves owner=kiln_owner row-security forced
table tenant_shares owner=kiln_owner row-security forced
table tenants owner=kiln_owner row-security forced
table uncounted_days owner=kiln_owner row-security forced
table uncounted_spans owner=kiln_owner row-security forced
table uploads owner=kiln_owner row-security forced
table users owner=kiln_owner row-security forced
table watched_images owner=kiln_owner row-security forced
table webhook_configs owner=kiln_owner row-security forced
table webhook_deliveries owner=kiln_owner row-security forced
table webhook_heads owner=kiln_owner row-security forced
table worker_intervals owner=kiln_owner row-security forced
table worker_tokens owner=kiln_owner row-security forced
view build_log_lines owner=kiln_owner security_invoker=true

-- columns
api_tokens.id uuid not null default gen_random_uuid()
api_tokens.tenant_id uuid not null
api_tokens.user_id uuid not null
api_tokens.token_name character varying(100) not null
api_tokens.token_sha256 bytea not null
api_tokens.created_at timestamp(3) with time zone not null default now()
api_tokens.expires_at timestamp(3) with time zone
api_tokens.revoked_at timestamp(3) with time zone
attempts.tenant_id uuid not null
attempts.build_id uuid not null
attempts.attempt integer not null
attempts.lease_id uuid not null
attempts.worker_id uuid not null
attempts.fence integer not null
attempts.started_at timestamp(3) with time zone not null
attempts.ended_at timestamp(3) with time zone
attempts.ended_reason character varying(30)
attempts.outcome jsonb
attempts.log_chunks integer not null default 0
attempts.log_lines integer not null default 0
attempts.log_bytes bigint not null default 0
attempts.log_sha256 character(64)
attempts.log_sealed_at timestamp(3) with time zone
attempts.log_note text
attempts.registries jsonb
attestations.id uuid not null default gen_random_uuid()
attestations.tenant_id uuid not null
attestations.project_id uuid not null
attestations.build_id uuid not null
attestations.kind character varying(20) not null
attestations.subject_digest character varying(100) not null
attestations.key_id character(64) not null
attestations.builder_id character varying(500) not null
attestations.statement text
attestations.statement_sha256 character(64) not null
attestations.signature character varying(200) not null
attestations.signed_at timestamp(3) with time zone not null
attestations.envelope_sha256 character(64)
attestations.envelope_size_bytes integer
base_image_moves.id uuid not null default gen_random_uuid()
base_image_moves.tenant_id uuid not null
base_image_moves.reference character varying(700) not null
base_image_moves.from_digest character varying(100) not null
base_image_moves.to_digest character varying(100) not null
base_image_moves.move_status character varying(20) not null default 'open'::character varying
base_image_moves.reason text
base_image_moves.seen_at timestamp(3) with time zone not null
base_image_moves.resumed_at timestamp(3) with time zone
base_image_rebuilds.tenant_id uuid not null
base_image_rebuilds.move_id uuid not null
base_image_rebuilds.project_id uuid not null
base_image_rebuilds.position integer not null
base_image_rebuilds.from_build_id uuid not null
base_image_rebuilds.batch_id uuid
base_image_rebuilds.build_id uuid
base_image_rebuilds.reason text
base_image_rebuilds.is_skipped boolean not null default false
base_image_rebuilds.ask_at timestamp(3) with time zone not null default now()
build_artifacts.id uuid not null default gen_random_uuid()
build_artifacts.tenant_id uuid not null
build_artifacts.build_id uuid
build_artifacts.attempt integer
build_artifacts.artifact_type character varying(20) not null
build_artifacts.artifact_name character varying(700) not null
build_artifacts.media_type character varying(100) not null
build_artifacts.artifact_size_bytes bigint not null
build_artifacts.sha256_digest character(64) not null
build_artifacts.created_at timestamp(3) with time zone not null default now()
build_artifacts.image_id uuid
build_artifacts.artifact_location character varying(700) not null
build_artifacts.retention_policy character varying(20) not null default 'permanent'::character varying
build_artifacts.expires_at timestamp(3) with time zone
build_artifacts.is_available boolean not null default true
build_artifacts.content_sha256 character(64) default 
CASE
    WHEN (is_available AND ((artifact_location)::text ~~ 'contents/%'::text)) THEN sha256_digest
    ELSE NULL::bpchar
END
build_attestations.build_id uuid not null
build_attestations.tenant_id uuid not null
build_attestations.state character varying(10) not null
build_attestations.reason text
build_attestations.requested_at timestamp(3) with time zone not null
build_attestations.ended_at timestamp(3) with time zone
build_base_images.tenant_id uuid not null
build_base_images.build_id uuid not null
build_base_images.position integer not null
build_base_images.reference character varying(700) not null
build_base_images.digest character varying(100)
build_base_images.is_base boolean not null
build_base_images.is_pinned boolean not null default false
build_concurrency_policies.id uuid not null default gen_random_uuid()
build_concurrency_policies.tenant_id uuid not null
build_concurrency_policies.max_concurrent_builds integer
build_concurrency_policies.max_concurrent_per_project integer
build_concurrency_policies.kaniko_max_concurrent integer
build_concurrency_policies.buildx_max_concurrent integer
build_concurrency_policies.container_max_concurrent integer
build_concurrency_policies.paketo_max_concurrent integer
build_concurrency_policies.packer_max_concurrent integer
build_concurrency_policies.priority_dispatch_enabled boolean not null default true
build_concurrency_policies.max_queued_wait_minutes integer
build_concurrency_policies.weight integer not null default 1
build_concurrency_policies.on_limit character varying(20) not null default 'queue'::character varying
build_concurrency_policies.updated_at timestamp(3) with time zone not null default now()
build_configs.id uuid not null default gen_random_uuid()
build_configs.tenant_id uuid not null
build_configs.build_id uuid not null
build_configs.build_method character varying(20) not null
build_configs.source_kind character varying(20) not null
build_configs.upload_id uuid
build_configs.dockerfile text
build_configs.dockerfile_inline text
build_configs.build_context character varying(1024)
build_configs.cache_enabled boolean
build_configs.cache_repo character varying(512)
build_configs.platforms jsonb
build_configs.cache_from jsonb
build_configs.cache_to jsonb
build_configs.target_stage character varying(255)
build_configs.builder character varying(512)
build_configs.buildpacks jsonb
build_configs.packer_template text
build_configs.build_args jsonb
build_configs.environment jsonb
build_configs.secrets jsonb
build_configs.metadata jsonb not null default '{}'::jsonb
build_configs.build_timeout_milliseconds bigint not null
build_configs.git_url character varying(2048)
build_configs.git_ref character varying(255)
build_configs.git_folder character varying(1024)
build_configs.git_submodules boolean
build_configs.git_lfs boolean
build_configs.git_depth integer
build_configs.resume_from character varying(20)
build_configs.resume_build_id uuid
build_configs.build_file character varying(1024)
build_configs.setting_layers jsonb
build_configs.limits jsonb
build_configs.resources jsonb
build_configs.gate jsonb
build_configs.trust character varying(16) not null default 'untrusted'::character varying
build_configs.without_secrets boolean not null default false
build_gates.build_id uuid not null
build_gates.tenant_id uuid not null
build_gates.gate_status character varying(20) not null
build_gates.manifest_digest character varying(100) not null
build_gates.findings jsonb not null default '[]'::jsonb
build_gates.requested_at timestamp(3) with time zone not null
build_gates.expires_at timestamp(3) with time zone
build_gates.decided_at timestamp(3) with time zone
build_gates.decided_by_user_id uuid
build_gates.decided_by_token_id uuid
build_gates.why text
build_gates.refusal_code character varying(50)
build_gates.build_created_at timestamp(3) with time zone not null
build_limits.id uuid not null default gen_random_uuid()
build_limits.tenant_id uuid not null
build_limits.project_id uuid
build_limits.build_timeout_seconds bigint
build_limits.step_timeout_seconds bigint
build_limits.max_queued_wait_minutes bigint
build_limits.log_head_bytes bigint
build_limits.log_tail_bytes bigint
build_limits.output_max_bytes bigint
build_limits.context_max_bytes bigint
build_limits.context_max_entries bigint
build_limits.image_max_bytes bigint
build_limits.workspace_max_bytes bigint
build_limits.updated_by_user_id uuid
build_limits.updated_at timestamp(3) with time zone not null default now()
build_limits.memory_max_bytes bigint
build_limits.cpu_max_milli bigint
build_limits.max_pids bigint
build_limits.artifact_max_bytes bigint
build_limits.artifact_keep_days bigint
build_log_lines.tenant_id uuid
build_log_lines.build_id uuid
build_log_lines.attempt integer
build_log_lines.line_number integer
build_log_lines.chunk integer
build_log_lines.step_number integer
build_log_lines.log_level character varying(10)
build_log_lines.logged_at timestamp(3) with time zone
build_log_lines.log_content text
build_logs.build_day date not null
build_logs.tenant_id uuid not null
build_logs.build_id uuid not null
build_logs.attempt integer not null
build_logs.chunk integer not null
build_logs.id uuid not null default gen_random_uuid()
build_logs.step_number integer
build_logs.log_level character varying(10) not null
build_logs.logged_at timestamp(3) with time zone not null
build_logs.first_line integer not null
build_logs.line_count integer not null
build_logs.offset_bytes bigint not null
build_logs.size_bytes integer not null
build_logs.log_content text not null
build_logs.raw bytea
build_metrics.id uuid not null default gen_random_uuid()
build_metrics.tenant_id uuid not null
build_metrics.build_id uuid not null
build_metrics.total_duration_seconds integer
build_metrics.docker_build_duration_seconds integer
build_metrics.docker_push_duration_seconds integer
build_metrics.total_duration_milliseconds bigint
build_metrics.docker_build_duration_milliseconds bigint
build_metrics.docker_push_duration_milliseconds bigint
build_metrics.peak_memory_usage_mb integer
build_metrics.cpu_usage_percent numeric(8,2)
build_metrics.disk_read_bytes bigint
build_metrics.disk_write_bytes bigint
build_metrics.total_layers integer
build_metrics.reused_layers integer
build_metrics.new_layers integer
build_metrics.final_image_size_bytes bigint
build_metrics.compression_ratio numeric(10,4)
build_outcomes_daily.tenant_id uuid not null
build_outcomes_daily.outcome_kind character varying(10) not null
build_outcomes_daily.date date not null
build_outcomes_daily.project_id uuid
build_outcomes_daily.name character varying(255) not null
build_outcomes_daily.total_builds integer not null
build_outcomes_daily.successful integer not null
build_outcomes_daily.failed integer not null
build_outcomes_daily.cancelled integer not null
build_performance_daily.id uuid not null default gen_random_uuid()
build_performance_daily.tenant_id uuid not null
build_performance_daily.date date not null
build_performance_daily.total_builds integer not null
build_performance_daily.successful integer not null
build_performance_daily.failed integer not null
build_performance_daily.cancelled integer not null
build_performance_daily.average_duration_seconds integer
build_performance_daily.median_queue_wait_seconds integer
build_performance_daily.failure_rate_percent numeric(5,2)
build_performance_daily.most_common_failure character varying(60)
build_performance_daily.kaniko_count integer not null
build_performance_daily.buildx_count integer not null
build_performance_daily.container_count integer not null
build_performance_daily.packer_count integer not null
build_performance_daily.paketo_count integer not null
build_performance_daily.max_concurrent_at_peak integer not null
build_performance_daily.measured_builds integer not null
build_performance_daily.duration_milliseconds bigint not null
build_performance_daily.queue_waits jsonb not null
build_performance_daily.failures jsonb not null
build_performance_daily.counted_at timestamp(3) with time zone not null default clock_timestamp()
build_prunes.id uuid not null default gen_random_uuid()
build_prunes.tenant_id uuid not null
build_prunes.project_id uuid not null
build_prunes.prune_trigger character varying(20) not null
build_prunes.requested_by_user_id uuid
build_prunes.requested_at timestamp(3) with time zone not null default now()
build_prunes.completed_at timestamp(3) with time zone
build_prunes.removed_builds integer not null default 0
build_prunes.removed_log_bytes bigint not null default 0
build_results.id uuid not null default gen_random_uuid()
build_results.tenant_id uuid not null
build_results.build_id uuid not null
build_results.status character varying(20)
build_results.exit_code integer
build_results.output_image_id uuid
build_results.output_image_url character varying(1024)
build_results.output_image_digest character varying(100)
build_results.failure_reason character varying
build_results.failure_stage character varying(20)
build_results.failure_code character varying(60)
build_results.failure_step integer
build_results.failure_instruction text
build_results.failure_last_lines jsonb not null default '[]'::jsonb
build_results.retryable boolean
build_results.total_duration_milliseconds bigint
build_results.queue_wait_milliseconds bigint
build_results.build_execution_milliseconds bigint
build_results.artifact_push_milliseconds bigint
build_results.retry_count integer not null default 0
build_results.is_retry boolean not null default false
build_results.original_build_id uuid
build_results.retry_of_build_id uuid
build_results.cleanup_status character varying(20) not null default 'pending'::character varying
build_retentions.tenant_id uuid not null
build_retentions.project_id uuid
build_retentions.keep_builds integer
build_retentions.older_than_days integer
build_retentions.log_days integer
build_retentions.updated_by_user_id uuid
build_retentions.updated_at timestamp(3) with time zone not null default now()
build_schedules.id uuid not null default gen_random_uuid()
build_schedules.tenant_id uuid not null
build_schedules.project_id uuid not null
build_schedules.schedule_name character varying(63) not null
build_schedules.cron_expression character varying(200) not null
build_schedules.timezone character varying(64) not null
build_schedules.jitter_seconds integer not null
build_schedules.overlap character varying(20) not null
build_schedules.catchup_window_seconds integer not null
build_schedules.git_url character varying(2048) not null
build_schedules.git_branch character varying(255) not null
build_schedules.build_method character varying(20)
build_schedules.build_config_preset jsonb not null default '{}'::jsonb
build_schedules.is_active boolean not null default true
build_schedules.pause_note character varying(500)
build_schedules.last_triggered_at timestamp(3) with time zone
build_schedules.next_trigger_at timestamp(3) with time zone
build_schedules.revision integer not null default 1
build_schedules.synced_revision integer not null default 0
build_schedules.trouble text
build_schedules.created_by_user_id uuid
build_schedules.created_at timestamp(3) with time zone not null default now()
build_schedules.updated_at timestamp(3) with time zone not null default now()
build_schedules.deleted_at timestamp(3) with time zone
build_status_history.id uuid not null default gen_random_uuid()
build_status_history.tenant_id uuid not null
build_status_history.build_id uuid not null
build_status_history.from_status character varying(20)
build_status_history.to_status character varying(20) not null
build_status_history.reason text
build_status_history.changed_by_user_id uuid
build_status_history.changed_by_system boolean not null
build_status_history.changed_at timestamp(3) with time zone not null
build_status_history.sequence bigint not null generated always as identity
build_steps.id uuid not null default gen_random_uuid()
build_steps.tenant_id uuid not null
build_steps.build_id uuid not null
build_steps.attempt integer not null
build_steps.step_number integer not null
build_steps.step_name text not null
build_steps.instruction_type character varying(40)
build_steps.status character varying(20) not null
build_steps.layer_digest character varying(100)
build_steps.layer_size_bytes bigint
build_steps.cached boolean not null default false
build_steps.stdout text
build_steps.stderr text
build_steps.error_message text
build_steps.error_code text
build_steps.started_at timestamp(3) with time zone
build_steps.completed_at timestamp(3) with time zone
build_steps.duration_seconds integer
build_steps.duration_milliseconds bigint
build_test_reports.tenant_id uuid not null
build_test_reports.build_id uuid not null
build_test_reports.attempt integer not null
build_test_reports.passed_count integer not null
build_test_reports.failed_count integer not null
build_test_reports.skipped_count integer not null
build_test_reports.suite_count integer not null
build_test_reports.duration_milliseconds bigint
build_test_results.tenant_id uuid not null
build_test_results.build_id uuid not null
build_test_results.attempt integer not null
build_test_results.case_number integer not null
build_test_results.suite_name character varying(500) not null
build_test_results.class_name character varying(500) not null
build_test_results.test_name character varying(500) not null
build_test_results.status character varying(10) not null
build_test_results.duration_milliseconds integer
build_test_results.message text
build_test_results.failed_tries integer not null
build_triggers.id uuid not null default gen_random_uuid()
build_triggers.tenant_id uuid not null
build_triggers.build_id uuid not null
build_triggers.trigger_type character varying(20) not null
build_triggers.trigger_source character varying(512)
build_triggers.created_by_user_id uuid
build_triggers.created_at timestamp(3) with time zone not null default now()
build_triggers.requested_at timestamp(3) with time zone
build_triggers.traceparent character(55)
build_warnings.tenant_id uuid not null
build_warnings.build_id uuid not null
build_warnings.attempt integer not null
build_warnings.warning_number integer not null
build_warnings.found_by character varying(20) not null
build_warnings.rule character varying(100) not null
build_warnings.severity character varying(10) not null
build_warnings.line_number integer
build_warnings.column_number integer
build_warnings.message text not null
build_warnings.link character varying(500)
build_workers.id uuid not null default gen_random_uuid()
build_workers.tenant_id uuid
build_workers.worker_name character varying(100) not null
build_workers.worker_type character varying(20) not null
build_workers.methods text[] not null default '{}'::text[]
build_workers.concurrent_builds_limit integer not null
build_workers.current_builds_count integer not null default 0
build_workers.status character varying(20) not null default 'offline'::character varying
build_workers.zone character varying(100)
build_workers.labels jsonb not null default '{}'::jsonb
build_workers.last_heartbeat timestamp(3) with time zone
build_workers.uptime_percent numeric(5,2)
build_workers.created_at timestamp(3) with time zone not null default now()
build_workers.disk_free_bytes bigint
build_workers.disk_reserve_bytes bigint
build_workers.host_id uuid
build_workers.platforms text[] not null default '{}'::text[]
build_workers.emulated_platforms text[] not null default '{}'::text[]
build_workers.tool_versions jsonb not null default '{}'::jsonb
build_workers.accepted_holes text[] not null default '{}'::text[]
build_workers.builder_trouble text
build_workers.disk_free_inodes bigint
build_workers.status_reasons text[] not null default '{}'::text[]
build_workers.is_draining boolean not null default false
build_workers.scheduling character varying(20) not null default 'open'::character varying
build_workers.quarantined_until timestamp(3) with time zone
build_workers.quarantine_reason text
build_workers.losses_count_from timestamp(3) with time zone
build_workers.removed_at timestamp(3) with time zone
build_workers.is_worker_away boolean not null default false
build_workers.lease_ran_out_at timestamp(3) with time zone
builds.id uuid not null default gen_random_uuid()
builds.tenant_id uuid not null
builds.project_id uuid not null
builds.image_id uuid
builds.build_number integer not null
builds.build_method character varying(20) not null
builds.triggered_by_user_id uuid
builds.triggered_by_git_event character varying(100)
builds.git_commit character varying(64)
builds.branch character varying(255)
builds.author character varying(320)
builds.message text
builds.status character varying(20) not null default 'queued'::character varying
builds.error_message text
builds.priority integer not null default 0
builds.needs jsonb not null default '{}'::jsonb
builds.destinations jsonb not null default '[]'::jsonb
builds.tags_moved jsonb not null default '[]'::jsonb
builds.build_day date not null
builds.created_at timestamp(3) with time zone not null default now()
builds.queued_at timestamp(3) with time zone not null default now()
builds.dispatch_at timestamp(3) with time zone not null
builds.requeue_reason character varying(30)
builds.started_at timestamp(3) with time zone
builds.cancel_requested_at timestamp(3) with time zone
builds.cancel_requested_by_user_id uuid
builds.publish_began_at timestamp(3) with time zone
builds.completed_at timestamp(3) with time zone
builds.cleanup_at timestamp(3) with time zone
builds.attempt_count integer not null default 0
builds.fence integer not null default 0
builds.not_before timestamp(3) with time zone
builds.staging_kept_until timestamp(3) with time zone
builds.image_repository character varying(512) not null
builds.started_by_token_id uuid
builds.held_at timestamp(3) with time zone
builds.superseded_by_build_id uuid
builds.start_expected_at timestamp(3) with time zone
builds.start_earliest_at timestamp(3) with time zone
builds.start_latest_at timestamp(3) with time zone
builds.start_error_milliseconds bigint
builds.tags_began_at timestamp(3) with time zone
builds.removed_at timestamp(3) with time zone
builds.removed_because character varying(300)
builds.what_if_of_build_id uuid
builds.what_if jsonb
builds.removed_cache_use jsonb
cache_use_daily.tenant_id uuid not null
cache_use_daily.date date not null
cache_use_daily.project_id uuid not null
cache_use_daily.steps integer not null
cache_use_daily.cached_steps integer not null
cache_use_daily.layers integer not null
cache_use_daily.reused_layers integer not null
contents.tenant_id uuid not null
contents.sha256 character(64) not null
contents.size_bytes bigint not null
contents.stored_at timestamp(3) with time zone
contents.last_needed_at timestamp(3) with time zone not null default now()
control_plane_beats.id boolean not null default true
control_plane_beats.instance character varying(200) not null
control_plane_beats.up_since timestamp(3) with time zone not null
control_plane_beats.last_beat timestamp(3) with time zone not null
credentials.id uuid not null default gen_random_uuid()
credentials.tenant_id uuid not null
credentials.project_id uuid
credentials.credential_kind character varying(20) not null
credentials.host character varying(300) not null
credentials.username character varying(255)
credentials.known_hosts text
credentials.key_id character varying(100) not null
credentials.wrapped_key bytea not null
credentials.ciphertext bytea not null
credentials.version integer not null default 1
credentials.created_by_user_id uuid
credentials.created_at timestamp(3) with time zone not null default now()
credentials.updated_at timestamp(3) with time zone not null default now()
explored_layers.tenant_id uuid not null
explored_layers.manifest_digest character varying(100) not null
explored_layers.layer_number integer not null
explored_layers.files_added integer not null
explored_layers.files_changed integer not null
explored_layers.files_removed integer not null
explored_layers.file_size_bytes bigint not null
explored_layers.wasted_bytes bigint not null
idempotency_keys.tenant_id uuid not null
idempotency_keys.idempotency_key character varying(255) not null
idempotency_keys.request_sha256 character(64) not null
idempotency_keys.build_id uuid not null
idempotency_keys.created_at timestamp(3) with time zone not null default now()
image_explorations.tenant_id uuid not null
image_explorations.manifest_digest character varying(100) not null
image_explorations.state character varying(10) not null
image_explorations.failure_reason text
image_explorations.is_retryable boolean not null default false
image_explorations.note text
image_explorations.requested_at timestamp(3) with time zone not null
image_explorations.ended_at timestamp(3) with time zone
image_explorations.unpacked_size_bytes bigint
image_explorations.file_size_bytes bigint
image_explorations.wasted_bytes bigint
image_findings.tenant_id uuid not null
image_findings.manifest_digest character varying(100) not null
image_findings.position integer not null
image_findings.vulnerability_id character varying(100) not null
image_findings.severity character varying(10) not null
image_findings.package_name character varying(300) not null
image_findings.package_version character varying(200) not null
image_findings.package_type character varying(50) not null
image_findings.fixed_version character varying(500)
image_findings.link text
image_layers.id uuid not null default gen_random_uuid()
image_layers.tenant_id uuid not null
image_layers.image_id uuid not null
image_layers.layer_number integer not null
image_layers.layer_digest character varying(100) not null
image_layers.layer_size_bytes bigint not null
image_layers.media_type character varying(200)
image_layers.is_base_layer boolean
image_layers.base_image_name character varying(512)
image_layers.base_image_tag character varying(128)
image_layers.created_by text
image_layers.step_number integer
image_layers.base_image_digest character varying(100)
image_metadata.id uuid not null default gen_random_uuid()
image_metadata.tenant_id uuid not null
image_metadata.image_id uuid not null
image_metadata.docker_config_digest character varying(100)
image_metadata.docker_manifest_digest character varying(100) not null
image_metadata.manifest_media_type character varying(200)
image_metadata.platform character varying(100)
image_metadata.total_layer_count integer not null
image_metadata.compressed_size_bytes bigint not null
image_metadata.uncompressed_size_bytes bigint
image_metadata.packages_count integer
image_metadata.vulnerabilities_high integer
image_metadata.vulnerabilities_med integer
image_metadata.vulnerabilities_low integer
image_metadata.entrypoint jsonb
image_metadata.cmd jsonb
image_metadata.env_vars jsonb
image_metadata.working_dir jsonb
image_metadata.last_scanned_at timestamp(3) with time zone
image_metadata.scan_tool character varying(100)
image_metadata.vulnerabilities_critical integer
image_package_lists.tenant_id uuid not null
image_package_lists.manifest_digest character varying(100) not null
image_package_lists.found_by character varying(10) not null
image_package_lists.packages_count integer not null
image_packages.tenant_id uuid not null
image_packages.manifest_digest character varying(100) not null
image_packages.position integer not null
image_packages.package_name character varying(300) not null
image_packages.package_version character varying(200) not null
image_packages.package_type character varying(50) not null
image_packages.source_name character varying(300)
image_packages.purl text
image_packages.name_key text not null default lower((package_name)::text)
image_packages.source_key text default lower((source_name)::text)
image_packages.listed_at timestamp(3) with time zone not null default now()
image_platforms.tenant_id uuid not null
image_platforms.index_image_id uuid not null
image_platforms.position integer not null
image_platforms.image_id uuid not null
image_platforms.platform character varying(100)
image_prunes.id uuid not null default gen_random_uuid()
image_prunes.tenant_id uuid not null
image_prunes.project_id uuid not null
image_prunes.prune_trigger character varying(20) not null
image_prunes.requested_by_user_id uuid
image_prunes.requested_at timestamp(3) with time zone not null default now()
image_prunes.completed_at timestamp(3) with time zone
image_prunes.removed jsonb not null default '[]'::jsonb
image_prunes.kept jsonb not null default '[]'::jsonb
image_prunes.troubles jsonb not null default '[]'::jsonb
image_removals.tenant_id uuid not null
image_removals.image_id uuid not null
image_removals.repository character varying(512) not null
image_removals.prune_id uuid not null
image_removals.removed_at timestamp(3) with time zone not null
image_sboms.tenant_id uuid not null
image_sboms.manifest_digest character varying(100) not null
image_sboms.failure_reason text
image_sboms.tool character varying(100)
image_sboms.note text
image_sboms.cyclonedx_sha256 character(64)
image_sboms.cyclonedx_size_bytes bigint
image_sboms.spdx_sha256 character(64)
image_sboms.spdx_size_bytes bigint
image_sboms.ended_at timestamp(3) with time zone not null
image_scans.tenant_id uuid not null
image_scans.manifest_digest character varying(100) not null
image_scans.tried_at timestamp(3) with time zone not null
image_scans.failure_reason text
image_scans.scanned_at timestamp(3) with time zone
image_scans.tool character varying(100)
image_scans.database_version character varying(200)
image_scans.database_built_at timestamp(3) with time zone
image_tags.tenant_id uuid not null
image_tags.repository character varying(512) not null
image_tags.tag character varying(128) not null
image_tags.manifest_digest character varying(100) not null
image_tags.build_id uuid not null
image_tags.image_id uuid
image_tags.moved_at timestamp(3) with time zone not null
images.id uuid not null default gen_random_uuid()
images.tenant_id uuid not null
images.project_id uuid not null
images.manifest_digest character varying(100) not null
images.image_repository character varying(512) not null
images.first_build_id uuid not null
images.last_build_id uuid not null
images.created_at timestamp(3) with time zone not null
images.last_built_at timestamp(3) with time zone not null
images.deleted_at timestamp(3) with time zone
installation.id uuid not null default gen_random_uuid()
installation.is_only boolean not null default true
installation.scan_trouble text
installation.traces_wanted boolean not null default false
layer_explorations.tenant_id uuid not null
layer_explorations.layer_digest character varying(100) not null
layer_explorations.failure_reason text
layer_explorations.note text
layer_explorations.unpacked_size_bytes bigint
layer_explorations.entry_count integer
layer_explorations.file_list bytea
layer_explorations.package_databases jsonb
layer_explorations.explored_at timestamp(3) with time zone not null
layer_usage.tenant_id uuid not null
layer_usage.layer_digest character varying(100) not null
layer_usage.used_in_builds_count integer not null
layer_usage.last_used_in_build_at timestamp(3) with time zone not null
leases.id uuid not null default gen_random_uuid()
leases.tenant_id uuid not null
leases.project_id uuid not null
leases.build_id uuid not null
leases.build_method character varying(20) not null
leases.attempt integer not null
leases.worker_id uuid not null
leases.fence integer not null
leases.state character varying(20) not null default 'granted'::character varying
leases.token_sha256 bytea
leases.granted_at timestamp(3) with time zone not null
leases.acknowledged_at timestamp(3) with time zone
leases.expires_at timestamp(3) with time zone not null
leases.ended_at timestamp(3) with time zone
leases.ended_reason character varying(30)
notification_deliveries.id uuid not null default gen_random_uuid()
notification_deliveries.tenant_id uuid not null
notification_deliveries.target_id uuid not null
notification_deliveries.build_id uuid
notification_deliveries.event_type character varying(50) not null
notification_deliveries.subject character varying(200)
notification_deliveries.payload text not null
notification_deliveries.delivery_state character varying(20) not null default 'pending'::character varying
notification_deliveries.attempts integer not null default 0
notification_deliveries.replay_count integer not null default 0
notification_deliveries.next_attempt_at timestamp(3) with time zone default clock_timestamp()
notification_deliveries.claimed_until timestamp(3) with time zone
notification_deliveries.response_status integer
notification_deliveries.error_message text
notification_deliveries.settled_at timestamp(3) with time zone
notification_deliveries.sequence bigint not null generated always as identity
notification_deliveries.created_at timestamp(3) with time zone not null default now()
notification_targets.id uuid not null default gen_random_uuid()
notification_targets.tenant_id uuid not null
notification_targets.project_id uuid
notification_targets.target_name character varying(63) not null
notification_targets.target_kind character varying(20) not null
notification_targets.url character varying(2048) not null
notification_targets.git_host character varying(255)
notification_targets.events jsonb not null
notification_targets.key_id character varying(100) not null
notification_targets.wrapped_key bytea not null
notification_targets.ciphertext bytea not null
notification_targets.is_active boolean not null default true
notification_targets.disabled_at timestamp(3) with time zone
notification_targets.disabled_reason text
notification_targets.created_by_user_id uuid
notification_targets.created_at timestamp(3) with time zone not null default now()
notification_targets.updated_at timestamp(3) with time zone not null default now()
open_removals.removal_id uuid not null
open_removals.repository character varying(512) not null
open_removals.manifest_digest character varying(100) not null
open_removals.sent_at timestamp(3) with time zone not null
outbox.id bigint not null generated always as identity
outbox.tenant_id uuid not null
outbox.build_id uuid not null
outbox.message jsonb not null
outbox.due_at timestamp(3) with time zone not null default now()
outbox.send_attempts integer not null default 0
outbox.last_error text
outbox.created_at timestamp(3) with time zone not null default now()
owed_traces.build_id uuid not null
owed_traces.tenant_id uuid not null
owed_traces.tries integer not null default 0
owed_traces.next_try_at timestamp(3) with time zone not null default clock_timestamp()
owed_traces.created_at timestamp(3) with time zone not null default clock_timestamp()
project_performance_daily.tenant_id uuid not null
project_performance_daily.project_id uuid not null
project_performance_daily.date date not null
project_performance_daily.total_builds integer not null
project_performance_daily.successful integer not null
project_performance_daily.failed integer not null
project_performance_daily.cancelled integer not null
project_performance_daily.kaniko_count integer not null
project_performance_daily.buildx_count integer not null
project_performance_daily.container_count integer not null
project_performance_daily.packer_count integer not null
project_performance_daily.paketo_count integer not null
project_performance_daily.max_concurrent_at_peak integer not null
project_performance_daily.measured_builds integer not null
project_performance_daily.duration_milliseconds bigint not null
project_performance_daily.queue_waits jsonb not null
project_performance_daily.failures jsonb not null
projects.id uuid not null default gen_random_uuid()
projects.tenant_id uuid not null
projects.slug character varying(63) not null
projects.name character varying(200) not null
projects.image_repository character varying(512) not null
projects.last_build_number integer not null default 0
projects.created_at timestamp(3) with time zone not null default now()
projects.destinations jsonb not null default '[]'::jsonb
projects.defaults jsonb not null default '{}'::jsonb
projects.gate jsonb
projects.retention jsonb
projects.trust character varying(16) not null default 'untrusted'::character varying
projects.trust_set_by_user_id uuid
projects.trust_set_at timestamp(3) with time zone
projects.base_image_watch jsonb
projects.badge_token_sha256 bytea
publications.tenant_id uuid not null
publications.build_id uuid not null
publications.repository character varying(512) not null
publications.manifest_digest character varying(100) not null
publications.status character varying(20) not null
publications.attempt integer not null
publications.try_number integer not null
publications.total_blobs integer not null
publications.mounted_blobs integer not null
publications.existing_blobs integer not null
publications.uploaded_blobs integer not null
publications.uploaded_before integer not null default 0
publications.total_bytes bigint not null
publications.spared_bytes bigint not null
publications.sent_bytes bigint not null
publications.sent_before bigint not null default 0
publications.waiting_reason text
publications.started_at timestamp(3) with time zone not null
publications.completed_at timestamp(3) with time zone
publications.open_uploads jsonb not null default '[]'::jsonb
publications.began_at timestamp(3) with time zone
publications.was_there boolean not null default true
publications.removed_at timestamp(3) with time zone
publications.not_served_at timestamp(3) with time zone
publications.tidy_due_at timestamp(3) with time zone
publications.tidy_trouble text
removed_log_days.tenant_id uuid not null
removed_log_days.project_id uuid not null
removed_log_days.build_day date not null
removed_log_days.log_days integer not null
removed_log_days.removed_at timestamp(3) with time zone not null
removed_log_days.deleted_at timestamp(3) with time zone
schedule_ticks.id uuid not null default gen_random_uuid()
schedule_ticks.tenant_id uuid not null
schedule_ticks.schedule_id uuid not null
schedule_ticks.scheduled_at timestamp(3) with time zone not null
schedule_ticks.tick_kind character varying(20) not null
schedule_ticks.tick_status character varying(20) not null
schedule_ticks.build_id uuid
schedule_ticks.reason text
schedule_ticks.ask_at timestamp(3) with time zone not null default now()
schedule_ticks.waited boolean not null default false
schedule_ticks.created_at timestamp(3) with time zone not null default now()
schedule_ticks.settled_at timestamp(3) with time zone
secrets.id uuid not null default gen_random_uuid()
secrets.tenant_id uuid not null
secrets.project_id uuid
secrets.secret_name character varying(200) not null
secrets.key_id character varying(100) not null
secrets.wrapped_key bytea not null
secrets.ciphertext bytea not null
secrets.version integer not null default 1
secrets.created_by_user_id uuid
secrets.created_at timestamp(3) with time zone not null default now()
secrets.updated_at timestamp(3) with time zone not null default now()
signing_keys.key_id character(64) not null
signing_keys.public_key text not null
signing_keys.first_used_at timestamp(3) with time zone not null
signing_keys.current_since timestamp(3) with time zone not null
tag_moves.mover_id uuid not null
tag_moves.tenant_id uuid not null
tag_moves.build_id uuid not null
tag_moves.repository character varying(512) not null
tag_moves.tag character varying(128) not null
tag_moves.manifest_digest character varying(100)
tag_moves.last_tried_at timestamp(3) with time zone not null
tag_moves.checked_at timestamp(3) with time zone
tag_moves.finding character varying(20)
tenant_shares.tenant_id uuid not null
tenant_shares.used_milliseconds double precision not null
tenant_shares.as_of timestamp(3) with time zone not null
tenants.id uuid not null default gen_random_uuid()
tenants.slug character varying(63) not null
tenants.name character varying(200) not null
tenants.created_at timestamp(3) with time zone not null default now()
tenants.time_zone character varying(64) not null default 'UTC'::character varying
uncounted_days.tenant_id uuid not null
uncounted_days.date date not null
uncounted_spans.id bigint not null generated always as identity
uncounted_spans.tenant_id uuid not null
uncounted_spans.began_at timestamp(3) with time zone not null
uncounted_spans.ended_at timestamp(3) with time zone not null
uploads.id uuid not null default gen_random_uuid()
uploads.tenant_id uuid not null
uploads.sha256 character(64) not null
uploads.size_bytes bigint not null
uploads.created_by_user_id uuid
uploads.created_at timestamp(3) with time zone not null default now()
uploads.entry_count integer not null default 0
users.id uuid not null default gen_random_uuid()
users.tenant_id uuid not null
users.username character varying(100) not null
users.email character varying(320)
users.created_at timestamp(3) with time zone not null default now()
watched_images.tenant_id uuid not null
watched_images.reference character varying(700) not null
watched_images.digest character varying(100)
watched_images.checked_at timestamp(3) with time zone not null
watched_images.not_before timestamp(3) with time zone
watched_images.trouble text
webhook_configs.id uuid not null default gen_random_uuid()
webhook_configs.tenant_id uuid not null
webhook_configs.project_id uuid not null
webhook_configs.webhook_name character varying(63) not null
webhook_configs.webhook_url character varying(100) not null default ('/v1/webhooks/'::text || (id)::text)
webhook_configs.provider character varying(20) not null
webhook_configs.repository_url character varying(2048) not null
webhook_configs.key_id character varying(100) not null
webhook_configs.wrapped_key bytea not null
webhook_configs.ciphertext bytea not null
webhook_configs.event_types jsonb not null
webhook_configs.branch_patterns jsonb not null default '[]'::jsonb
webhook_configs.tag_patterns jsonb not null default '[]'::jsonb
webhook_configs.path_patterns jsonb not null default '[]'::jsonb
webhook_configs.auto_build_enabled boolean not null default true
webhook_configs.build_method character varying(20)
webhook_configs.build_config_preset jsonb not null default '{}'::jsonb
webhook_configs.coalesce_seconds integer not null default 0
webhook_configs.is_active boolean not null default true
webhook_configs.is_verified boolean not null default false
webhook_configs.refused_count bigint not null default 0
webhook_configs.last_refused_at timestamp(3) with time zone
webhook_configs.last_refused_reason character varying(500)
webhook_configs.created_by_user_id uuid
webhook_configs.created_at timestamp(3) with time zone not null default now()
webhook_configs.updated_at timestamp(3) with time zone not null default now()
webhook_configs.next_reconcile_at timestamp(3) with time zone not null default now()
webhook_configs.reconcile_number integer not null default 0
webhook_configs.reconciled_at timestamp(3) with time zone
webhook_configs.reconcile_trouble text
webhook_configs.reconcile_trouble_at timestamp(3) with time zone
webhook_deliveries.id uuid not null default gen_random_uuid()
webhook_deliveries.tenant_id uuid not null
webhook_deliveries.webhook_config_id uuid not null
webhook_deliveries.delivery_id character varying(200) not null
webhook_deliveries.event_type character varying(100) not null
webhook_deliveries.headers jsonb not null
webhook_deliveries.payload bytea not null
webhook_deliveries.delivery_status character varying(20) not null
webhook_deliveries.asked jsonb
webhook_deliveries.reason text
webhook_deliveries.response_status integer
webhook_deliveries.attempt_number integer not null default 0
webhook_deliveries.next_retry_at timestamp(3) with time zone
webhook_deliveries.error_message text
webhook_deliveries.replay_count integer not null default 0
webhook_deliveries.build_count integer not null default 1
webhook_deliveries.build_id uuid
webhook_deliveries.coalesced_into_id uuid
webhook_deliveries.approved_by_user_id uuid
webhook_deliveries.approved_at timestamp(3) with time zone
webhook_deliveries.created_at timestamp(3) with time zone not null default now()
webhook_deliveries.told_ref text
webhook_deliveries.told_sha text
webhook_deliveries.heads_read_at timestamp(3) with time zone
webhook_deliveries.rejected_by_user_id uuid
webhook_deliveries.rejected_at timestamp(3) with time zone
webhook_heads.tenant_id uuid not null
webhook_heads.webhook_config_id uuid not null
webhook_heads.ref text not null
webhook_heads.sha character varying(64) not null
webhook_heads.seen_at timestamp(3) with time zone not null
worker_intervals.worker_id uuid not null
worker_intervals.state character varying(20) not null
worker_intervals.reasons text[] not null default '{}'::text[]
worker_intervals.began_at timestamp(3) with time zone not null
worker_intervals.ended_at timestamp(3) with time zone
worker_tokens.id uuid not null default gen_random_uuid()
worker_tokens.worker_id uuid not null
worker_tokens.token_sha256 bytea not null
worker_tokens.created_at timestamp(3) with time zone not null default now()
worker_tokens.revoked_at timestamp(3) with time zone

-- constraints
api_tokens api_tokens_pkey PRIMARY KEY (id)
api_tokens api_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
api_tokens api_tokens_tenant_id_id_key UNIQUE (tenant_id, id)
api_tokens api_tokens_tenant_id_token_name_key UNIQUE (tenant_id, token_name)
api_tokens api_tokens_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id)
api_tokens api_tokens_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
api_tokens api_tokens_token_sha256_key UNIQUE (token_sha256)
attempts attempts_attempt_check CHECK ((attempt >= 1))
attempts attempts_ended_reason_check CHECK (((ended_reason)::text = ANY ((ARRAY['succeeded'::character varying, 'failed'::character varying, 'cancelled'::character varying, 'worker_lost'::character varying, 'grant_unacknowledged'::character varying, 'run_lost'::character varying, 'held'::character varying])::text[])))
attempts attempts_fence_check CHECK ((fence >= 1))
attempts attempts_lease_id_key UNIQUE (lease_id)
attempts attempts_log_bytes_check CHECK ((log_bytes >= 0))
attempts attempts_log_chunks_check CHECK ((log_chunks >= 0))
attempts attempts_log_lines_check CHECK ((log_lines >= 0))
attempts attempts_log_sha256_check CHECK ((log_sha256 ~ '^[0-9a-f]{64}$'::text))
attempts attempts_pkey PRIMARY KEY (build_id, attempt)
attempts attempts_reason_when_ended CHECK (((ended_at IS NULL) = (ended_reason IS NULL)))
attempts attempts_registries_check CHECK ((jsonb_typeof(registries) = 'array'::text))
attempts attempts_sealed_with_hash_or_note CHECK (((log_sealed_at IS NULL) OR (log_sha256 IS NOT NULL) OR (log_note IS NOT NULL)))
attempts attempts_tenant_id_build_id_attempt_key UNIQUE (tenant_id, build_id, attempt)
attempts attempts_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
attempts attempts_tenant_id_lease_id_fkey FOREIGN KEY (tenant_id, lease_id) REFERENCES leases(tenant_id, id)
attempts attempts_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES build_workers(id)
attestations attestations_check CHECK ((((kind)::text = 'provenance'::text) = (statement IS NOT NULL)))
attestations attestations_check1 CHECK (((envelope_sha256 IS NULL) = (envelope_size_bytes IS NULL)))
attestations attestations_envelope_sha256_check CHECK ((envelope_sha256 ~ '^[0-9a-f]{64}$'::text))
attestations attestations_envelope_size_bytes_check CHECK ((envelope_size_bytes > 0))
attestations attestations_key_id_fkey FOREIGN KEY (key_id) REFERENCES signing_keys(key_id)
attestations attestations_kind_check CHECK (((kind)::text = ANY ((ARRAY['provenance'::character varying, 'cyclonedx'::character varying, 'spdx'::character varying, 'signature'::character varying])::text[])))
attestations attestations_pkey PRIMARY KEY (id)
attestations attestations_statement_sha256_check CHECK ((statement_sha256 ~ '^[0-9a-f]{64}$'::text))
attestations attestations_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
base_image_moves base_image_moves_move_status_check CHECK (((move_status)::text = ANY ((ARRAY['open'::character varying, 'stopped'::character varying, 'done'::character varying, 'superseded'::character varying])::text[])))
base_image_moves base_image_moves_pkey PRIMARY KEY (id)
base_image_moves base_image_moves_reason CHECK ((((move_status)::text <> ALL ((ARRAY['stopped'::character varying, 'superseded'::character varying])::text[])) OR (reason IS NOT NULL)))
base_image_moves base_image_moves_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
base_image_moves base_image_moves_tenant_id_id_key UNIQUE (tenant_id, id)
base_image_rebuilds base_image_rebuilds_begun CHECK (((build_id IS NULL) OR (batch_id IS NOT NULL)))
base_image_rebuilds base_image_rebuilds_pkey PRIMARY KEY (move_id, project_id)
base_image_rebuilds base_image_rebuilds_position_check CHECK (("position" >= 1))
base_image_rebuilds base_image_rebuilds_skipped CHECK (((NOT is_skipped) OR ((build_id IS NULL) AND (reason IS NOT NULL))))
base_image_rebuilds base_image_rebuilds_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
base_image_rebuilds base_image_rebuilds_tenant_id_from_build_id_fkey FOREIGN KEY (tenant_id, from_build_id) REFERENCES builds(tenant_id, id)
base_image_rebuilds base_image_rebuilds_tenant_id_move_id_fkey FOREIGN KEY (tenant_id, move_id) REFERENCES base_image_moves(tenant_id, id) ON DELETE CASCADE
base_image_rebuilds base_image_rebuilds_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_artifacts build_artifacts_artifact_name_check CHECK (((artifact_name)::text ~
CASE artifact_type
    WHEN 'docker_image'::text THEN '^[[:graph:]]+$'::text
    ELSE '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'::text
END))
build_artifacts build_artifacts_artifact_size_bytes_check CHECK ((artifact_size_bytes >= 0))
build_artifacts build_artifacts_artifact_type_check CHECK (((artifact_type)::text = ANY ((ARRAY['docker_image'::character varying, 'sbom'::character varying, 'security_scan'::character varying, 'test_report'::character varying, 'build_log'::character varying, 'build_output'::character varying])::text[])))
build_artifacts build_artifacts_build_id_attempt_artifact_name_key UNIQUE (build_id, attempt, artifact_name)
build_artifacts build_artifacts_media_type_check CHECK (((media_type)::text ~ '^[a-z]+/[a-z0-9][a-z0-9.+-]*$'::text))
build_artifacts build_artifacts_owner_check CHECK (((build_id IS NOT NULL) OR ((image_id IS NOT NULL) AND (attempt IS NULL))))
build_artifacts build_artifacts_pkey PRIMARY KEY (id)
build_artifacts build_artifacts_retention_policy_check CHECK (((retention_policy)::text = ANY ((ARRAY['permanent'::character varying, 'days_30'::character varying, 'days_90'::character varying, 'days_365'::character varying, 'delete_on_success'::character varying])::text[])))
build_artifacts build_artifacts_sha256_digest_check CHECK ((sha256_digest ~ '^[0-9a-f]{64}$'::text))
build_artifacts build_artifacts_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
build_artifacts build_artifacts_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_artifacts build_artifacts_tenant_id_content_sha256_fkey FOREIGN KEY (tenant_id, content_sha256) REFERENCES contents(tenant_id, sha256)
build_artifacts build_artifacts_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
build_attestations build_attestations_check CHECK ((((state)::text = 'pending'::text) = (ended_at IS NULL)))
build_attestations build_attestations_check1 CHECK ((((state)::text = ANY ((ARRAY['unsigned'::character varying, 'failed'::character varying])::text[])) = (reason IS NOT NULL)))
build_attestations build_attestations_pkey PRIMARY KEY (build_id)
build_attestations build_attestations_state_check CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'attached'::character varying, 'unsigned'::character varying, 'failed'::character varying])::text[])))
build_attestations build_attestations_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_base_images build_base_images_pkey PRIMARY KEY (build_id, "position")
build_base_images build_base_images_position_check CHECK (("position" >= 1))
build_base_images build_base_images_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_concurrency_policies build_concurrency_policies_buildx_max_concurrent_check CHECK ((buildx_max_concurrent >= 0))
build_concurrency_policies build_concurrency_policies_container_max_concurrent_check CHECK ((container_max_concurrent >= 0))
build_concurrency_policies build_concurrency_policies_kaniko_max_concurrent_check CHECK ((kaniko_max_concurrent >= 0))
build_concurrency_policies build_concurrency_policies_max_concurrent_builds_check CHECK ((max_concurrent_builds >= 0))
build_concurrency_policies build_concurrency_policies_max_concurrent_per_project_check CHECK ((max_concurrent_per_project >= 0))
build_concurrency_policies build_concurrency_policies_max_queued_wait_minutes_check CHECK ((max_queued_wait_minutes > 0))
build_concurrency_policies build_concurrency_policies_on_limit_check CHECK (((on_limit)::text = ANY ((ARRAY['queue'::character varying, 'reject'::character varying, 'supersede'::character varying])::text[])))
build_concurrency_policies build_concurrency_policies_packer_max_concurrent_check CHECK ((packer_max_concurrent >= 0))
build_concurrency_policies build_concurrency_policies_paketo_max_concurrent_check CHECK ((paketo_max_concurrent >= 0))
build_concurrency_policies build_concurrency_policies_pkey PRIMARY KEY (id)
build_concurrency_policies build_concurrency_policies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_concurrency_policies build_concurrency_policies_tenant_id_key UNIQUE (tenant_id)
build_concurrency_policies build_concurrency_policies_weight_check CHECK ((weight > 0))
build_configs build_configs_build_id_key UNIQUE (build_id)
build_configs build_configs_build_method_check CHECK (((build_method)::text ~ '^[a-z][a-z0-9_]*$'::text))
build_configs build_configs_build_timeout_milliseconds_check CHECK ((build_timeout_milliseconds > 0))
build_configs build_configs_gate_check CHECK ((jsonb_typeof(gate) = 'object'::text))
build_configs build_configs_git_depth_check CHECK ((git_depth >= 0))
build_configs build_configs_git_only CHECK ((((source_kind)::text = 'git'::text) OR ((git_ref IS NULL) AND (git_folder IS NULL) AND (git_submodules IS NULL) AND (git_lfs IS NULL) AND (git_depth IS NULL))))
build_configs build_configs_limits_check CHECK ((jsonb_typeof(limits) = 'object'::text))
build_configs build_configs_pkey PRIMARY KEY (id)
build_configs build_configs_resources_check CHECK ((jsonb_typeof(resources) = 'object'::text))
build_configs build_configs_resume_from_check CHECK (((resume_from)::text = 'publish'::text))
build_configs build_configs_resumed_from_a_build CHECK (((resume_from IS NULL) = (resume_build_id IS NULL)))
build_configs build_configs_setting_layers_check CHECK ((jsonb_typeof(setting_layers) = 'object'::text))
build_configs build_configs_source_kind_check CHECK (((source_kind)::text = ANY ((ARRAY['upload'::character varying, 'inline'::character varying, 'git'::character varying])::text[])))
build_configs build_configs_strangers_untrusted CHECK (((NOT without_secrets) OR ((trust)::text = 'untrusted'::text)))
build_configs build_configs_tenant_id_build_id_build_method_fkey FOREIGN KEY (tenant_id, build_id, build_method) REFERENCES builds(tenant_id, id, build_method)
build_configs build_configs_tenant_id_resume_build_id_fkey FOREIGN KEY (tenant_id, resume_build_id) REFERENCES builds(tenant_id, id)
build_configs build_configs_tenant_id_upload_id_fkey FOREIGN KEY (tenant_id, upload_id) REFERENCES uploads(tenant_id, id)
build_configs build_configs_trust_check CHECK (((trust)::text = ANY ((ARRAY['untrusted'::character varying, 'trusted'::character varying])::text[])))
build_configs build_configs_upload_when_uploaded CHECK ((((source_kind)::text = 'upload'::text) = (upload_id IS NOT NULL)))
build_configs build_configs_url_when_git CHECK ((((source_kind)::text = 'git'::text) = (git_url IS NOT NULL)))
build_gates build_gates_decided_when_over CHECK ((((gate_status)::text = 'held'::text) = (decided_at IS NULL)))
build_gates build_gates_expiry_unless_passed CHECK ((((gate_status)::text = ANY ((ARRAY['passed'::character varying, 'refused'::character varying])::text[])) = (expires_at IS NULL)))
build_gates build_gates_findings_check CHECK ((jsonb_typeof(findings) = 'array'::text))
build_gates build_gates_gate_status_check CHECK (((gate_status)::text = ANY ((ARRAY['passed'::character varying, 'held'::character varying, 'approved'::character varying, 'rejected'::character varying, 'expired'::character varying, 'withdrawn'::character varying, 'refused'::character varying])::text[])))
build_gates build_gates_pkey PRIMARY KEY (build_id)
build_gates build_gates_refusal_has_code CHECK ((((gate_status)::text = 'refused'::text) = (refusal_code IS NOT NULL)))
build_gates build_gates_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_gates build_gates_tenant_id_decided_by_token_id_fkey FOREIGN KEY (tenant_id, decided_by_token_id) REFERENCES api_tokens(tenant_id, id)
build_gates build_gates_tenant_id_decided_by_user_id_fkey FOREIGN KEY (tenant_id, decided_by_user_id) REFERENCES users(tenant_id, id)
build_limits build_limits_artifact_keep_days_check CHECK (((artifact_keep_days >= 1) AND (artifact_keep_days <= 36500)))
build_limits build_limits_artifact_max_bytes_check CHECK (((artifact_max_bytes >= 1024) AND (artifact_max_bytes <= '68719476736'::bigint)))
build_limits build_limits_build_timeout_seconds_check CHECK (((build_timeout_seconds >= 10) AND (build_timeout_seconds <= 86400)))
build_limits build_limits_context_max_bytes_check CHECK (((context_max_bytes >= 1024) AND (context_max_bytes <= '68719476736'::bigint)))
build_limits build_limits_context_max_entries_check CHECK (((context_max_entries >= 1) AND (context_max_entries <= 1000000)))
build_limits build_limits_cpu_max_milli_check CHECK (((cpu_max_milli >= 10) AND (cpu_max_milli <= 1024000)))
build_limits build_limits_image_max_bytes_check CHECK (((image_max_bytes >= 1024) AND (image_max_bytes <= '1099511627776'::bigint)))
build_limits build_limits_log_head_bytes_check CHECK (((log_head_bytes >= 1024) AND (log_head_bytes <= 1073741824)))
build_limits build_limits_log_tail_bytes_check CHECK (((log_tail_bytes >= 1024) AND (log_tail_bytes <= 67108864)))
build_limits build_limits_max_pids_check CHECK (((max_pids >= 32) AND (max_pids <= 4194304)))
build_limits build_limits_max_queued_wait_minutes_check CHECK (((max_queued_wait_minutes >= 1) AND (max_queued_wait_minutes <= 43200)))
build_limits build_limits_memory_max_bytes_check CHECK (((memory_max_bytes >= 67108864) AND (memory_max_bytes <= '1099511627776'::bigint)))
build_limits build_limits_output_max_bytes_check CHECK (((output_max_bytes >= 1048576) AND (output_max_bytes <= '68719476736'::bigint)))
build_limits build_limits_pkey PRIMARY KEY (id)
build_limits build_limits_step_timeout_seconds_check CHECK (((step_timeout_seconds >= 1) AND (step_timeout_seconds <= 86400)))
build_limits build_limits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_limits build_limits_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_limits build_limits_tenant_id_project_id_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id)
build_limits build_limits_tenant_id_updated_by_user_id_fkey FOREIGN KEY (tenant_id, updated_by_user_id) REFERENCES users(tenant_id, id)
build_limits build_limits_wait_of_project CHECK (((project_id IS NOT NULL) OR (max_queued_wait_minutes IS NULL)))
build_limits build_limits_workspace_max_bytes_check CHECK (((workspace_max_bytes >= 1048576) AND (workspace_max_bytes <= '1099511627776'::bigint)))
build_logs build_logs_chunk_check CHECK ((chunk >= 0))
build_logs build_logs_first_line_check CHECK ((first_line >= 1))
build_logs build_logs_line_count_check CHECK ((line_count >= 1))
build_logs build_logs_log_level_check CHECK (((log_level)::text = ANY ((ARRAY['INFO'::character varying, 'WARN'::character varying, 'ERROR'::character varying, 'DEBUG'::character varying])::text[])))
build_logs build_logs_offset_bytes_check CHECK ((offset_bytes >= 0))
build_logs build_logs_pkey PRIMARY KEY (build_day, build_id, attempt, chunk)
build_logs build_logs_size_bytes_check CHECK ((size_bytes >= 0))
build_logs build_logs_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
build_metrics build_metrics_build_id_key UNIQUE (build_id)
build_metrics build_metrics_pkey PRIMARY KEY (id)
build_metrics build_metrics_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_outcomes_daily build_outcomes_daily_outcome_kind_check CHECK (((outcome_kind)::text = ANY ((ARRAY['branch'::character varying, 'method'::character varying, 'worker'::character varying])::text[])))
build_outcomes_daily build_outcomes_daily_parts CHECK ((((successful + failed) + cancelled) <= total_builds))
build_outcomes_daily build_outcomes_daily_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_outcomes_daily build_outcomes_daily_tenant_id_outcome_kind_project_id_date_key UNIQUE NULLS NOT DISTINCT (tenant_id, outcome_kind, project_id, date, name)
build_outcomes_daily build_outcomes_daily_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_performance_daily build_performance_daily_failures_check CHECK ((jsonb_typeof(failures) = 'object'::text))
build_performance_daily build_performance_daily_parts CHECK ((((successful + failed) + cancelled) <= total_builds))
build_performance_daily build_performance_daily_pkey PRIMARY KEY (id)
build_performance_daily build_performance_daily_queue_waits_check CHECK ((jsonb_typeof(queue_waits) = 'object'::text))
build_performance_daily build_performance_daily_tenant_id_date_key UNIQUE (tenant_id, date)
build_performance_daily build_performance_daily_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_prunes build_prunes_pkey PRIMARY KEY (id)
build_prunes build_prunes_prune_trigger_check CHECK (((prune_trigger)::text = ANY ((ARRAY['manual'::character varying, 'schedule'::character varying])::text[])))
build_prunes build_prunes_removed_builds_check CHECK ((removed_builds >= 0))
build_prunes build_prunes_removed_log_bytes_check CHECK ((removed_log_bytes >= 0))
build_prunes build_prunes_tenant_id_id_key UNIQUE (tenant_id, id)
build_prunes build_prunes_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_prunes build_prunes_tenant_id_requested_by_user_id_fkey FOREIGN KEY (tenant_id, requested_by_user_id) REFERENCES users(tenant_id, id)
build_results build_results_artifact_push_milliseconds_check CHECK ((artifact_push_milliseconds >= 0))
build_results build_results_build_execution_milliseconds_check CHECK ((build_execution_milliseconds >= 0))
build_results build_results_build_id_key UNIQUE (build_id)
build_results build_results_chain_when_retry CHECK (((is_retry = (retry_count > 0)) AND (is_retry = (original_build_id IS NOT NULL)) AND (is_retry = (retry_of_build_id IS NOT NULL))))
build_results build_results_cleanup_status_check CHECK (((cleanup_status)::text = ANY ((ARRAY['pending'::character varying, 'completed'::character varying, 'failed'::character varying])::text[])))
build_results build_results_failure_stage_check CHECK (((failure_stage)::text = ANY ((ARRAY['compile'::character varying, 'build'::character varying, 'tests'::character varying, 'push'::character varying, 'scan'::character varying, 'verification'::character varying])::text[])))
build_results build_results_image_fkey FOREIGN KEY (tenant_id, output_image_id) REFERENCES images(tenant_id, id)
build_results build_results_pkey PRIMARY KEY (id)
build_results build_results_queue_wait_milliseconds_check CHECK ((queue_wait_milliseconds >= 0))
build_results build_results_retry_count_check CHECK ((retry_count >= 0))
build_results build_results_status_check CHECK (((status)::text = ANY ((ARRAY['success'::character varying, 'failed'::character varying, 'cancelled'::character varying, 'timeout'::character varying])::text[])))
build_results build_results_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_results build_results_tenant_id_original_build_id_fkey FOREIGN KEY (tenant_id, original_build_id) REFERENCES builds(tenant_id, id)
build_results build_results_tenant_id_retry_of_build_id_fkey FOREIGN KEY (tenant_id, retry_of_build_id) REFERENCES builds(tenant_id, id)
build_results build_results_total_duration_milliseconds_check CHECK ((total_duration_milliseconds >= 0))
build_retentions build_retentions_keep_builds_check CHECK (((keep_builds >= 1) AND (keep_builds <= 1000000)))
build_retentions build_retentions_log_days_check CHECK (((log_days >= 1) AND (log_days <= 36500)))
build_retentions build_retentions_older_than_days_check CHECK (((older_than_days >= 1) AND (older_than_days <= 36500)))
build_retentions build_retentions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_retentions build_retentions_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_retentions build_retentions_tenant_id_project_id_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id)
build_retentions build_retentions_tenant_id_updated_by_user_id_fkey FOREIGN KEY (tenant_id, updated_by_user_id) REFERENCES users(tenant_id, id)
build_schedules build_schedules_build_config_preset_check CHECK ((jsonb_typeof(build_config_preset) = 'object'::text))
build_schedules build_schedules_catchup_window_seconds_check CHECK (((catchup_window_seconds >= 60) AND (catchup_window_seconds <= 2592000)))
build_schedules build_schedules_jitter_seconds_check CHECK (((jitter_seconds >= 0) AND (jitter_seconds <= 3600)))
build_schedules build_schedules_next_while_active CHECK ((is_active OR (next_trigger_at IS NULL)))
build_schedules build_schedules_overlap_check CHECK (((overlap)::text = ANY ((ARRAY['skip'::character varying, 'buffer_one'::character varying, 'allow_all'::character varying, 'cancel_other'::character varying])::text[])))
build_schedules build_schedules_pkey PRIMARY KEY (id)
build_schedules build_schedules_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
build_schedules build_schedules_tenant_id_id_key UNIQUE (tenant_id, id)
build_schedules build_schedules_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
build_status_history build_status_history_from_status_check CHECK (((from_status)::text = ANY ((ARRAY['queued'::character varying, 'in_progress'::character varying, 'success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
build_status_history build_status_history_pkey PRIMARY KEY (id)
build_status_history build_status_history_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_status_history build_status_history_tenant_id_changed_by_user_id_fkey FOREIGN KEY (tenant_id, changed_by_user_id) REFERENCES users(tenant_id, id)
build_status_history build_status_history_to_status_check CHECK (((to_status)::text = ANY ((ARRAY['queued'::character varying, 'in_progress'::character varying, 'success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
build_steps build_steps_build_id_attempt_step_number_key UNIQUE (build_id, attempt, step_number)
build_steps build_steps_duration_milliseconds_check CHECK ((duration_milliseconds >= 0))
build_steps build_steps_duration_seconds_check CHECK ((duration_seconds >= 0))
build_steps build_steps_layer_size_bytes_check CHECK ((layer_size_bytes >= 0))
build_steps build_steps_pkey PRIMARY KEY (id)
build_steps build_steps_status_check CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'success'::character varying, 'failed'::character varying, 'skipped'::character varying])::text[])))
build_steps build_steps_step_number_check CHECK ((step_number >= 1))
build_steps build_steps_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
build_test_reports build_test_reports_duration_milliseconds_check CHECK ((duration_milliseconds >= 0))
build_test_reports build_test_reports_failed_count_check CHECK ((failed_count >= 0))
build_test_reports build_test_reports_passed_count_check CHECK ((passed_count >= 0))
build_test_reports build_test_reports_pkey PRIMARY KEY (build_id, attempt)
build_test_reports build_test_reports_skipped_count_check CHECK ((skipped_count >= 0))
build_test_reports build_test_reports_suite_count_check CHECK ((suite_count >= 0))
build_test_reports build_test_reports_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
build_test_reports build_test_reports_tenant_id_build_id_attempt_key UNIQUE (tenant_id, build_id, attempt)
build_test_results build_test_results_case_number_check CHECK (((case_number >= 1) AND (case_number <= 10000)))
build_test_results build_test_results_duration_milliseconds_check CHECK ((duration_milliseconds >= 0))
build_test_results build_test_results_failed_tries_check CHECK ((failed_tries >= 0))
build_test_results build_test_results_pkey PRIMARY KEY (build_id, attempt, case_number)
build_test_results build_test_results_status_check CHECK (((status)::text = ANY ((ARRAY['passed'::character varying, 'failed'::character varying, 'skipped'::character varying])::text[])))
build_test_results build_test_results_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES build_test_reports(tenant_id, build_id, attempt)
build_triggers build_triggers_build_id_key UNIQUE (build_id)
build_triggers build_triggers_pkey PRIMARY KEY (id)
build_triggers build_triggers_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
build_triggers build_triggers_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
build_triggers build_triggers_traceparent_check CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'::text))
build_triggers build_triggers_trigger_type_check CHECK (((trigger_type)::text = ANY ((ARRAY['manual'::character varying, 'webhook'::character varying, 'schedule'::character varying, 'git_event'::character varying])::text[])))
build_warnings build_warnings_column_number_check CHECK ((column_number >= 1))
build_warnings build_warnings_found_by_check CHECK (((found_by)::text = ANY ((ARRAY['hadolint'::character varying, 'buildkit'::character varying, 'tests'::character varying, 'kiln'::character varying])::text[])))
build_warnings build_warnings_line_number_check CHECK ((line_number >= 1))
build_warnings build_warnings_pkey PRIMARY KEY (build_id, attempt, warning_number)
build_warnings build_warnings_severity_check CHECK (((severity)::text = ANY ((ARRAY['error'::character varying, 'warning'::character varying, 'info'::character varying, 'style'::character varying])::text[])))
build_warnings build_warnings_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
build_warnings build_warnings_warning_number_check CHECK (((warning_number >= 1) AND (warning_number <= 200)))
build_workers build_workers_concurrent_builds_limit_check CHECK ((concurrent_builds_limit >= 0))
build_workers build_workers_current_builds_count_check CHECK ((current_builds_count >= 0))
build_workers build_workers_disk_free_bytes_check CHECK ((disk_free_bytes >= 0))
build_workers build_workers_disk_free_inodes_check CHECK ((disk_free_inodes >= 0))
build_workers build_workers_disk_reserve_bytes_check CHECK ((disk_reserve_bytes >= 0))
build_workers build_workers_pkey PRIMARY KEY (id)
build_workers build_workers_quarantine_has_a_reason CHECK (((quarantined_until IS NULL) OR (quarantine_reason IS NOT NULL)))
build_workers build_workers_removed_are_offline CHECK (((removed_at IS NULL) OR ((status)::text = 'offline'::text)))
build_workers build_workers_scheduling_check CHECK (((scheduling)::text = ANY ((ARRAY['open'::character varying, 'cordoned'::character varying, 'draining'::character varying])::text[])))
build_workers build_workers_status_check CHECK (((status)::text = ANY ((ARRAY['healthy'::character varying, 'busy'::character varying, 'degraded'::character varying, 'offline'::character varying])::text[])))
build_workers build_workers_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
build_workers build_workers_tool_versions_check CHECK ((jsonb_typeof(tool_versions) = 'object'::text))
build_workers build_workers_uptime_percent_check CHECK (((uptime_percent >= (0)::numeric) AND (uptime_percent <= (100)::numeric)))
build_workers build_workers_worker_type_check CHECK (((worker_type)::text = ANY ((ARRAY['docker'::character varying, 'kubernetes'::character varying, 'local'::character varying])::text[])))
builds builds_attempt_count_check CHECK ((attempt_count >= 0))
builds builds_build_method_check CHECK (((build_method)::text ~ '^[a-z][a-z0-9_]*$'::text))
builds builds_build_number_check CHECK ((build_number >= 1))
builds builds_completed_when_terminal CHECK ((((status)::text = ANY ((ARRAY['success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])) = (completed_at IS NOT NULL)))
builds builds_fence_check CHECK ((fence >= 0))
builds builds_held_in_queue CHECK (((held_at IS NULL) OR ((status)::text = 'queued'::text)))
builds builds_image_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
builds builds_pkey PRIMARY KEY (id)
builds builds_project_id_build_number_key UNIQUE (project_id, build_number)
builds builds_removed_cache_use CHECK (((removed_cache_use IS NULL) OR ((removed_at IS NOT NULL) AND (jsonb_typeof(removed_cache_use) = 'object'::text))))
builds builds_removed_when_over CHECK ((((removed_at IS NULL) = (removed_because IS NULL)) AND ((removed_at IS NULL) OR (completed_at IS NOT NULL))))
builds builds_requeue_reason_check CHECK (((requeue_reason)::text = ANY ((ARRAY['worker_lost'::character varying, 'grant_unacknowledged'::character varying, 'held'::character varying, 'infrastructure_fault'::character varying])::text[])))
builds builds_start_expected_in_band CHECK (((start_expected_at >= start_earliest_at) AND (start_expected_at <= start_latest_at)))
builds builds_started_when_in_progress CHECK ((((status)::text <> 'in_progress'::text) OR (started_at IS NOT NULL)))
builds builds_status_check CHECK (((status)::text = ANY ((ARRAY['queued'::character varying, 'in_progress'::character varying, 'success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
builds builds_superseded_is_cancelled CHECK (((superseded_by_build_id IS NULL) OR (cancel_requested_at IS NOT NULL)))
builds builds_tenant_id_cancel_requested_by_user_id_fkey FOREIGN KEY (tenant_id, cancel_requested_by_user_id) REFERENCES users(tenant_id, id)
builds builds_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
builds builds_tenant_id_id_build_method_key UNIQUE (tenant_id, id, build_method)
builds builds_tenant_id_id_key UNIQUE (tenant_id, id)
builds builds_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
builds builds_tenant_id_started_by_token_id_fkey FOREIGN KEY (tenant_id, started_by_token_id) REFERENCES api_tokens(tenant_id, id)
builds builds_tenant_id_superseded_by_build_id_fkey FOREIGN KEY (tenant_id, superseded_by_build_id) REFERENCES builds(tenant_id, id)
builds builds_tenant_id_triggered_by_user_id_fkey FOREIGN KEY (tenant_id, triggered_by_user_id) REFERENCES users(tenant_id, id)
builds builds_tenant_id_what_if_of_build_id_fkey FOREIGN KEY (tenant_id, what_if_of_build_id) REFERENCES builds(tenant_id, id)
builds builds_what_if_is_not_published CHECK (((what_if IS NULL) OR ((destinations = '[]'::jsonb) AND (tags_moved = '[]'::jsonb) AND (publish_began_at IS NULL) AND (tags_began_at IS NULL))))
builds builds_what_if_is_of_no_branch CHECK (((what_if IS NULL) OR (branch IS NULL)))
builds builds_what_if_is_whole CHECK (((what_if IS NULL) = (what_if_of_build_id IS NULL)))
cache_use_daily cache_use_daily_parts CHECK (((cached_steps <= steps) AND (reused_layers <= layers)))
cache_use_daily cache_use_daily_pkey PRIMARY KEY (tenant_id, date, project_id)
cache_use_daily cache_use_daily_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
cache_use_daily cache_use_daily_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
contents contents_pkey PRIMARY KEY (tenant_id, sha256)
contents contents_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
contents contents_size_bytes_check CHECK ((size_bytes >= 0))
contents contents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
control_plane_beats control_plane_beats_id_check CHECK (id)
control_plane_beats control_plane_beats_pkey PRIMARY KEY (id)
credentials credentials_credential_kind_check CHECK (((credential_kind)::text = ANY ((ARRAY['git_token'::character varying, 'git_ssh_key'::character varying, 'registry'::character varying])::text[])))
credentials credentials_known_hosts_of_ssh CHECK ((((credential_kind)::text = 'git_ssh_key'::text) = (known_hosts IS NOT NULL)))
credentials credentials_pkey PRIMARY KEY (id)
credentials credentials_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
credentials credentials_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
credentials credentials_tenant_id_id_key UNIQUE (tenant_id, id)
credentials credentials_tenant_id_project_id_credential_kind_host_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, credential_kind, host)
credentials credentials_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
credentials credentials_user_where_asked CHECK ((((credential_kind)::text <> 'git_ssh_key'::text) = (username IS NOT NULL)))
credentials credentials_version_check CHECK ((version >= 1))
explored_layers explored_layers_file_size_bytes_check CHECK ((file_size_bytes >= 0))
explored_layers explored_layers_files_added_check CHECK ((files_added >= 0))
explored_layers explored_layers_files_changed_check CHECK ((files_changed >= 0))
explored_layers explored_layers_files_removed_check CHECK ((files_removed >= 0))
explored_layers explored_layers_layer_number_check CHECK ((layer_number >= 1))
explored_layers explored_layers_pkey PRIMARY KEY (tenant_id, manifest_digest, layer_number)
explored_layers explored_layers_tenant_id_manifest_digest_fkey FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_explorations(tenant_id, manifest_digest) ON DELETE CASCADE
explored_layers explored_layers_wasted_bytes_check CHECK ((wasted_bytes >= 0))
idempotency_keys idempotency_keys_pkey PRIMARY KEY (tenant_id, idempotency_key)
idempotency_keys idempotency_keys_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id) DEFERRABLE INITIALLY DEFERRED
idempotency_keys idempotency_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
image_explorations image_explorations_check CHECK (((NOT is_retryable) OR ((state)::text = 'failed'::text)))
image_explorations image_explorations_check1 CHECK ((((state)::text = 'pending'::text) = (ended_at IS NULL)))
image_explorations image_explorations_file_size_bytes_check CHECK ((file_size_bytes >= 0))
image_explorations image_explorations_pkey PRIMARY KEY (tenant_id, manifest_digest)
image_explorations image_explorations_reason CHECK (
CASE state
    WHEN 'explored'::text THEN (failure_reason IS NULL)
    WHEN 'failed'::text THEN (failure_reason IS NOT NULL)
    ELSE true
END)
image_explorations image_explorations_state_check CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'explored'::character varying, 'failed'::character varying])::text[])))
image_explorations image_explorations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
image_explorations image_explorations_unpacked_size_bytes_check CHECK ((unpacked_size_bytes >= 0))
image_explorations image_explorations_wasted_bytes_check CHECK ((wasted_bytes >= 0))
image_findings image_findings_pkey PRIMARY KEY (tenant_id, manifest_digest, "position")
image_findings image_findings_position_check CHECK (("position" >= 1))
image_findings image_findings_severity_check CHECK (((severity)::text = ANY ((ARRAY['critical'::character varying, 'high'::character varying, 'medium'::character varying, 'low'::character varying, 'negligible'::character varying, 'unknown'::character varying])::text[])))
image_findings image_findings_tenant_id_manifest_digest_fkey FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_scans(tenant_id, manifest_digest) ON DELETE CASCADE
image_layers image_layers_image_id_layer_number_key UNIQUE (image_id, layer_number)
image_layers image_layers_layer_number_check CHECK ((layer_number >= 1))
image_layers image_layers_layer_size_bytes_check CHECK ((layer_size_bytes >= 0))
image_layers image_layers_pkey PRIMARY KEY (id)
image_layers image_layers_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
image_layers image_layers_tenant_id_layer_digest_fkey FOREIGN KEY (tenant_id, layer_digest) REFERENCES layer_usage(tenant_id, layer_digest)
image_metadata image_metadata_image_id_key UNIQUE (image_id)
image_metadata image_metadata_pkey PRIMARY KEY (id)
image_metadata image_metadata_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
image_package_lists image_package_lists_found_by_check CHECK (((found_by)::text = ANY ((ARRAY['layers'::character varying, 'sbom'::character varying])::text[])))
image_package_lists image_package_lists_packages_count_check CHECK ((packages_count >= 0))
image_package_lists image_package_lists_pkey PRIMARY KEY (tenant_id, manifest_digest)
image_package_lists image_package_lists_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
image_packages image_packages_pkey PRIMARY KEY (tenant_id, manifest_digest, "position")
image_packages image_packages_position_check CHECK (("position" >= 1))
image_packages image_packages_tenant_id_manifest_digest_fkey FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_package_lists(tenant_id, manifest_digest) ON DELETE CASCADE
image_platforms image_platforms_pkey PRIMARY KEY (index_image_id, "position")
image_platforms image_platforms_position_check CHECK (("position" >= 1))
image_platforms image_platforms_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
image_platforms image_platforms_tenant_id_index_image_id_fkey FOREIGN KEY (tenant_id, index_image_id) REFERENCES images(tenant_id, id)
image_prunes image_prunes_kept_check CHECK ((jsonb_typeof(kept) = 'array'::text))
image_prunes image_prunes_pkey PRIMARY KEY (id)
image_prunes image_prunes_prune_trigger_check CHECK (((prune_trigger)::text = ANY ((ARRAY['manual'::character varying, 'schedule'::character varying])::text[])))
image_prunes image_prunes_removed_check CHECK ((jsonb_typeof(removed) = 'array'::text))
image_prunes image_prunes_tenant_id_id_key UNIQUE (tenant_id, id)
image_prunes image_prunes_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
image_prunes image_prunes_tenant_id_requested_by_user_id_fkey FOREIGN KEY (tenant_id, requested_by_user_id) REFERENCES users(tenant_id, id)
image_prunes image_prunes_troubles_check CHECK ((jsonb_typeof(troubles) = 'array'::text))
image_removals image_removals_pkey PRIMARY KEY (image_id, repository)
image_removals image_removals_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
image_removals image_removals_tenant_id_prune_id_fkey FOREIGN KEY (tenant_id, prune_id) REFERENCES image_prunes(tenant_id, id)
image_sboms image_sboms_check CHECK (((failure_reason IS NULL) = ((tool IS NOT NULL) AND (cyclonedx_sha256 IS NOT NULL) AND (cyclonedx_size_bytes IS NOT NULL) AND (spdx_sha256 IS NOT NULL) AND (spdx_size_bytes IS NOT NULL))))
image_sboms image_sboms_cyclonedx_sha256_check CHECK ((cyclonedx_sha256 ~ '^[0-9a-f]{64}$'::text))
image_sboms image_sboms_cyclonedx_size_bytes_check CHECK ((cyclonedx_size_bytes >= 0))
image_sboms image_sboms_pkey PRIMARY KEY (tenant_id, manifest_digest)
image_sboms image_sboms_spdx_sha256_check CHECK ((spdx_sha256 ~ '^[0-9a-f]{64}$'::text))
image_sboms image_sboms_spdx_size_bytes_check CHECK ((spdx_size_bytes >= 0))
image_sboms image_sboms_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
image_scans image_scans_check CHECK (((scanned_at IS NULL) = (tool IS NULL)))
image_scans image_scans_check1 CHECK (((scanned_at IS NOT NULL) OR (failure_reason IS NOT NULL)))
image_scans image_scans_pkey PRIMARY KEY (tenant_id, manifest_digest)
image_scans image_scans_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
image_tags image_tags_pkey PRIMARY KEY (tenant_id, repository, tag)
image_tags image_tags_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
image_tags image_tags_tenant_id_image_id_fkey FOREIGN KEY (tenant_id, image_id) REFERENCES images(tenant_id, id)
images images_pkey PRIMARY KEY (id)
images images_project_id_manifest_digest_key UNIQUE (project_id, manifest_digest)
images images_tenant_id_first_build_id_fkey FOREIGN KEY (tenant_id, first_build_id) REFERENCES builds(tenant_id, id)
images images_tenant_id_id_key UNIQUE (tenant_id, id)
images images_tenant_id_last_build_id_fkey FOREIGN KEY (tenant_id, last_build_id) REFERENCES builds(tenant_id, id)
images images_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
installation installation_is_only_check CHECK (is_only)
installation installation_is_only_key UNIQUE (is_only)
installation installation_pkey PRIMARY KEY (id)
layer_explorations layer_explorations_check CHECK (((failure_reason IS NULL) = ((unpacked_size_bytes IS NOT NULL) AND (entry_count IS NOT NULL) AND (file_list IS NOT NULL))))
layer_explorations layer_explorations_entry_count_check CHECK ((entry_count >= 0))
layer_explorations layer_explorations_pkey PRIMARY KEY (tenant_id, layer_digest)
layer_explorations layer_explorations_tenant_id_layer_digest_fkey FOREIGN KEY (tenant_id, layer_digest) REFERENCES layer_usage(tenant_id, layer_digest) ON DELETE CASCADE
layer_explorations layer_explorations_unpacked_size_bytes_check CHECK ((unpacked_size_bytes >= 0))
layer_usage layer_usage_pkey PRIMARY KEY (tenant_id, layer_digest)
layer_usage layer_usage_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
layer_usage layer_usage_used_in_builds_count_check CHECK ((used_in_builds_count >= 1))
leases leases_attempt_check CHECK ((attempt >= 1))
leases leases_build_id_attempt_key UNIQUE (build_id, attempt)
leases leases_build_id_fence_key UNIQUE (build_id, fence)
leases leases_build_method_check CHECK (((build_method)::text ~ '^[a-z][a-z0-9_]*$'::text))
leases leases_ended_reason_check CHECK (((ended_reason)::text = ANY ((ARRAY['released'::character varying, 'worker_lost'::character varying, 'grant_unacknowledged'::character varying])::text[])))
leases leases_ended_when_over CHECK ((((state)::text = ANY ((ARRAY['released'::character varying, 'expired'::character varying])::text[])) = ((ended_at IS NOT NULL) AND (ended_reason IS NOT NULL))))
leases leases_fence_check CHECK ((fence >= 1))
leases leases_pkey PRIMARY KEY (id)
leases leases_state_check CHECK (((state)::text = ANY ((ARRAY['granted'::character varying, 'active'::character varying, 'released'::character varying, 'expired'::character varying])::text[])))
leases leases_tenant_id_build_id_build_method_fkey FOREIGN KEY (tenant_id, build_id, build_method) REFERENCES builds(tenant_id, id, build_method)
leases leases_tenant_id_id_key UNIQUE (tenant_id, id)
leases leases_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
leases leases_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
leases leases_token_sha256_key UNIQUE (token_sha256)
leases leases_token_when_acknowledged CHECK ((((state)::text <> 'active'::text) OR (token_sha256 IS NOT NULL)))
leases leases_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES build_workers(id)
notification_deliveries notification_deliveries_attempts_check CHECK ((attempts >= 0))
notification_deliveries notification_deliveries_claimed_while_pending CHECK ((((delivery_state)::text = 'pending'::text) OR (claimed_until IS NULL)))
notification_deliveries notification_deliveries_delivery_state_check CHECK (((delivery_state)::text = ANY ((ARRAY['pending'::character varying, 'delivered'::character varying, 'superseded'::character varying, 'dead'::character varying])::text[])))
notification_deliveries notification_deliveries_due_while_pending CHECK ((((delivery_state)::text = 'pending'::text) = (next_attempt_at IS NOT NULL)))
notification_deliveries notification_deliveries_pkey PRIMARY KEY (id)
notification_deliveries notification_deliveries_reason CHECK ((((delivery_state)::text <> ALL ((ARRAY['superseded'::character varying, 'dead'::character varying])::text[])) OR (error_message IS NOT NULL)))
notification_deliveries notification_deliveries_replay_count_check CHECK ((replay_count >= 0))
notification_deliveries notification_deliveries_response_status_check CHECK (((response_status >= 100) AND (response_status <= 999)))
notification_deliveries notification_deliveries_settled CHECK ((((delivery_state)::text = 'pending'::text) = (settled_at IS NULL)))
notification_deliveries notification_deliveries_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
notification_deliveries notification_deliveries_tenant_id_id_key UNIQUE (tenant_id, id)
notification_deliveries notification_deliveries_tenant_id_target_id_fkey FOREIGN KEY (tenant_id, target_id) REFERENCES notification_targets(tenant_id, id) ON DELETE CASCADE
notification_targets notification_targets_disabled_is_off CHECK (((disabled_at IS NULL) OR (NOT is_active)))
notification_targets notification_targets_disabled_with_reason CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL)))
notification_targets notification_targets_events_check CHECK ((jsonb_typeof(events) = 'array'::text))
notification_targets notification_targets_host_of_git CHECK ((((target_kind)::text = 'webhook'::text) = (git_host IS NULL)))
notification_targets notification_targets_pkey PRIMARY KEY (id)
notification_targets notification_targets_target_kind_check CHECK (((target_kind)::text = ANY ((ARRAY['webhook'::character varying, 'github'::character varying, 'gitlab'::character varying, 'gitea'::character varying])::text[])))
notification_targets notification_targets_target_name_check CHECK (((target_name)::text ~ '^[a-z0-9][a-z0-9_.-]*$'::text))
notification_targets notification_targets_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
notification_targets notification_targets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
notification_targets notification_targets_tenant_id_id_key UNIQUE (tenant_id, id)
notification_targets notification_targets_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
notification_targets notification_targets_tenant_id_target_name_key UNIQUE (tenant_id, target_name)
open_removals open_removals_pkey PRIMARY KEY (removal_id, manifest_digest)
outbox outbox_message_check CHECK (((message ->> 'kind'::text) = ANY (ARRAY['start_build'::text, 'cancel_build'::text, 'lease_granted'::text, 'explore_image'::text, 'gate_decided'::text, 'attest_build'::text])))
outbox outbox_pkey PRIMARY KEY (id)
outbox outbox_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
owed_traces owed_traces_pkey PRIMARY KEY (build_id)
owed_traces owed_traces_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
owed_traces owed_traces_tries_check CHECK ((tries >= 0))
project_performance_daily project_performance_daily_failures_check CHECK ((jsonb_typeof(failures) = 'object'::text))
project_performance_daily project_performance_daily_parts CHECK ((((successful + failed) + cancelled) <= total_builds))
project_performance_daily project_performance_daily_pkey PRIMARY KEY (tenant_id, project_id, date)
project_performance_daily project_performance_daily_queue_waits_check CHECK ((jsonb_typeof(queue_waits) = 'object'::text))
project_performance_daily project_performance_daily_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
project_performance_daily project_performance_daily_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
projects projects_badge_token_sha256_check CHECK ((octet_length(badge_token_sha256) = 32))
projects projects_badge_token_sha256_key UNIQUE (badge_token_sha256)
projects projects_base_image_watch_check CHECK ((jsonb_typeof(base_image_watch) = 'object'::text))
projects projects_defaults_check CHECK ((jsonb_typeof(defaults) = 'object'::text))
projects projects_destinations_check CHECK ((jsonb_typeof(destinations) = 'array'::text))
projects projects_gate_check CHECK ((jsonb_typeof(gate) = 'object'::text))
projects projects_last_build_number_check CHECK ((last_build_number >= 0))
projects projects_pkey PRIMARY KEY (id)
projects projects_retention_check CHECK ((jsonb_typeof(retention) = 'object'::text))
projects projects_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
projects projects_tenant_id_id_key UNIQUE (tenant_id, id)
projects projects_tenant_id_slug_key UNIQUE (tenant_id, slug)
projects projects_tenant_id_trust_set_by_user_id_fkey FOREIGN KEY (tenant_id, trust_set_by_user_id) REFERENCES users(tenant_id, id)
projects projects_trust_check CHECK (((trust)::text = ANY ((ARRAY['untrusted'::character varying, 'trusted'::character varying])::text[])))
publications publications_completed_when_over CHECK ((((status)::text = ANY ((ARRAY['copied'::character varying, 'given_up'::character varying])::text[])) = (completed_at IS NOT NULL)))
publications publications_existing_blobs_check CHECK ((existing_blobs >= 0))
publications publications_mounted_blobs_check CHECK ((mounted_blobs >= 0))
publications publications_open_uploads_check CHECK ((jsonb_typeof(open_uploads) = 'array'::text))
publications publications_pkey PRIMARY KEY (build_id, repository)
publications publications_reason_when_waiting CHECK ((((status)::text = 'waiting'::text) = (waiting_reason IS NOT NULL)))
publications publications_sent_before_check CHECK ((sent_before >= 0))
publications publications_sent_bytes_check CHECK ((sent_bytes >= 0))
publications publications_spared_bytes_check CHECK ((spared_bytes >= 0))
publications publications_status_check CHECK (((status)::text = ANY ((ARRAY['copying'::character varying, 'waiting'::character varying, 'copied'::character varying, 'given_up'::character varying])::text[])))
publications publications_tenant_id_build_id_attempt_fkey FOREIGN KEY (tenant_id, build_id, attempt) REFERENCES attempts(tenant_id, build_id, attempt)
publications publications_total_blobs_check CHECK ((total_blobs >= 0))
publications publications_total_bytes_check CHECK ((total_bytes >= 0))
publications publications_try_number_check CHECK ((try_number >= 0))
publications publications_uploaded_before_check CHECK ((uploaded_before >= 0))
publications publications_uploaded_blobs_check CHECK ((uploaded_blobs >= 0))
removed_log_days removed_log_days_pkey PRIMARY KEY (project_id, build_day)
removed_log_days removed_log_days_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
schedule_ticks schedule_ticks_pkey PRIMARY KEY (id)
schedule_ticks schedule_ticks_reason_without_build CHECK ((((tick_status)::text <> ALL ((ARRAY['skipped'::character varying, 'failed'::character varying])::text[])) OR (reason IS NOT NULL)))
schedule_ticks schedule_ticks_schedule_id_scheduled_at_key UNIQUE (schedule_id, scheduled_at)
schedule_ticks schedule_ticks_settled CHECK ((((tick_status)::text = ANY ((ARRAY['started'::character varying, 'skipped'::character varying, 'failed'::character varying])::text[])) = (settled_at IS NOT NULL)))
schedule_ticks schedule_ticks_started_with_build CHECK ((((tick_status)::text = 'started'::text) = (build_id IS NOT NULL)))
schedule_ticks schedule_ticks_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
schedule_ticks schedule_ticks_tenant_id_schedule_id_fkey FOREIGN KEY (tenant_id, schedule_id) REFERENCES build_schedules(tenant_id, id) ON DELETE CASCADE
schedule_ticks schedule_ticks_tick_kind_check CHECK (((tick_kind)::text = ANY ((ARRAY['clock'::character varying, 'run_now'::character varying, 'backfill'::character varying])::text[])))
schedule_ticks schedule_ticks_tick_status_check CHECK (((tick_status)::text = ANY ((ARRAY['due'::character varying, 'buffered'::character varying, 'starting'::character varying, 'started'::character varying, 'skipped'::character varying, 'failed'::character varying])::text[])))
secrets secrets_pkey PRIMARY KEY (id)
secrets secrets_secret_name_check CHECK (((secret_name)::text ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]*$'::text))
secrets secrets_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
secrets secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
secrets secrets_tenant_id_id_key UNIQUE (tenant_id, id)
secrets secrets_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
secrets secrets_tenant_id_project_id_secret_name_key UNIQUE NULLS NOT DISTINCT (tenant_id, project_id, secret_name)
secrets secrets_version_check CHECK ((version >= 1))
signing_keys signing_keys_key_id_check CHECK ((key_id ~ '^[0-9a-f]{64}$'::text))
signing_keys signing_keys_pkey PRIMARY KEY (key_id)
tag_moves tag_moves_finding_check CHECK (((finding)::text = ANY ((ARRAY['right'::character varying, 'put_back'::character varying, 'removed'::character varying, 'stuck'::character varying, 'moved_elsewhere'::character varying, 'absent'::character varying, 'under_way'::character varying])::text[])))
tag_moves tag_moves_pkey PRIMARY KEY (mover_id, build_id, repository, tag)
tag_moves tag_moves_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
tenant_shares tenant_shares_pkey PRIMARY KEY (tenant_id)
tenant_shares tenant_shares_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
tenant_shares tenant_shares_used_milliseconds_check CHECK ((used_milliseconds >= (0)::double precision))
tenants tenants_pkey PRIMARY KEY (id)
tenants tenants_slug_key UNIQUE (slug)
uncounted_days uncounted_days_pkey PRIMARY KEY (tenant_id, date)
uncounted_days uncounted_days_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
uncounted_spans uncounted_spans_in_order CHECK ((began_at <= ended_at))
uncounted_spans uncounted_spans_pkey PRIMARY KEY (id)
uncounted_spans uncounted_spans_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
uploads uploads_entry_count_check CHECK ((entry_count >= 0))
uploads uploads_pkey PRIMARY KEY (id)
uploads uploads_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
uploads uploads_size_bytes_check CHECK ((size_bytes >= 0))
uploads uploads_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
uploads uploads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
uploads uploads_tenant_id_id_key UNIQUE (tenant_id, id)
uploads uploads_tenant_id_sha256_key UNIQUE (tenant_id, sha256)
users users_pkey PRIMARY KEY (id)
users users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
users users_tenant_id_id_key UNIQUE (tenant_id, id)
users users_tenant_id_username_key UNIQUE (tenant_id, username)
watched_images watched_images_pkey PRIMARY KEY (tenant_id, reference)
watched_images watched_images_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
webhook_configs webhook_configs_branch_patterns_check CHECK ((jsonb_typeof(branch_patterns) = 'array'::text))
webhook_configs webhook_configs_build_config_preset_check CHECK ((jsonb_typeof(build_config_preset) = 'object'::text))
webhook_configs webhook_configs_coalesce_seconds_check CHECK (((coalesce_seconds >= 0) AND (coalesce_seconds <= 3600)))
webhook_configs webhook_configs_event_types_check CHECK ((jsonb_typeof(event_types) = 'array'::text))
webhook_configs webhook_configs_last_refusal CHECK (((refused_count = 0) = (last_refused_at IS NULL)))
webhook_configs webhook_configs_path_patterns_check CHECK ((jsonb_typeof(path_patterns) = 'array'::text))
webhook_configs webhook_configs_pkey PRIMARY KEY (id)
webhook_configs webhook_configs_provider_check CHECK (((provider)::text = ANY ((ARRAY['github'::character varying, 'gitlab'::character varying, 'gitea'::character varying, 'forgejo'::character varying, 'generic'::character varying])::text[])))
webhook_configs webhook_configs_reconcile_number_check CHECK ((reconcile_number >= 0))
webhook_configs webhook_configs_reconcile_trouble CHECK (((reconcile_trouble IS NULL) = (reconcile_trouble_at IS NULL)))
webhook_configs webhook_configs_tag_patterns_check CHECK ((jsonb_typeof(tag_patterns) = 'array'::text))
webhook_configs webhook_configs_tenant_id_created_by_user_id_fkey FOREIGN KEY (tenant_id, created_by_user_id) REFERENCES users(tenant_id, id)
webhook_configs webhook_configs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
webhook_configs webhook_configs_tenant_id_id_key UNIQUE (tenant_id, id)
webhook_configs webhook_configs_tenant_id_project_id_fkey FOREIGN KEY (tenant_id, project_id) REFERENCES projects(tenant_id, id)
webhook_configs webhook_configs_tenant_id_webhook_name_key UNIQUE (tenant_id, webhook_name)
webhook_configs webhook_configs_webhook_name_check CHECK (((webhook_name)::text ~ '^[a-z0-9][a-z0-9_.-]*$'::text))
webhook_deliveries webhook_deliveries_asked_check CHECK ((jsonb_typeof(asked) = 'object'::text))
webhook_deliveries webhook_deliveries_asked_to_start CHECK ((((delivery_status)::text <> ALL ((ARRAY['pending'::character varying, 'awaiting_approval'::character varying, 'started'::character varying, 'coalesced'::character varying, 'rejected'::character varying])::text[])) OR (asked IS NOT NULL)))
webhook_deliveries webhook_deliveries_attempt_number_check CHECK ((attempt_number >= 0))
webhook_deliveries webhook_deliveries_build_count_check CHECK ((build_count >= 1))
webhook_deliveries webhook_deliveries_delivery_status_check CHECK (((delivery_status)::text = ANY ((ARRAY['pending'::character varying, 'awaiting_approval'::character varying, 'started'::character varying, 'coalesced'::character varying, 'ignored'::character varying, 'refused'::character varying, 'rejected'::character varying, 'failed'::character varying])::text[])))
webhook_deliveries webhook_deliveries_due_while_pending CHECK ((((delivery_status)::text = 'pending'::text) = (next_retry_at IS NOT NULL)))
webhook_deliveries webhook_deliveries_found CHECK (((heads_read_at IS NULL) = (response_status IS NOT NULL)))
webhook_deliveries webhook_deliveries_found_head CHECK (((heads_read_at IS NULL) OR (told_ref IS NOT NULL)))
webhook_deliveries webhook_deliveries_headers_check CHECK ((jsonb_typeof(headers) = 'object'::text))
webhook_deliveries webhook_deliveries_one_decision CHECK (((approved_at IS NULL) OR (rejected_at IS NULL)))
webhook_deliveries webhook_deliveries_pkey PRIMARY KEY (id)
webhook_deliveries webhook_deliveries_reason CHECK ((((delivery_status)::text <> ALL ((ARRAY['awaiting_approval'::character varying, 'coalesced'::character varying, 'ignored'::character varying, 'refused'::character varying, 'rejected'::character varying, 'failed'::character varying])::text[])) OR (reason IS NOT NULL)))
webhook_deliveries webhook_deliveries_rejected_once CHECK ((((delivery_status)::text = 'rejected'::text) = (rejected_at IS NOT NULL)))
webhook_deliveries webhook_deliveries_replay_count_check CHECK ((replay_count >= 0))
webhook_deliveries webhook_deliveries_response_status_check CHECK (((response_status >= 200) AND (response_status <= 599)))
webhook_deliveries webhook_deliveries_started_with_build CHECK ((((delivery_status)::text <> 'started'::text) OR (build_id IS NOT NULL)))
webhook_deliveries webhook_deliveries_tenant_id_approved_by_user_id_fkey FOREIGN KEY (tenant_id, approved_by_user_id) REFERENCES users(tenant_id, id)
webhook_deliveries webhook_deliveries_tenant_id_build_id_fkey FOREIGN KEY (tenant_id, build_id) REFERENCES builds(tenant_id, id)
webhook_deliveries webhook_deliveries_tenant_id_id_key UNIQUE (tenant_id, id)
webhook_deliveries webhook_deliveries_tenant_id_rejected_by_user_id_fkey FOREIGN KEY (tenant_id, rejected_by_user_id) REFERENCES users(tenant_id, id)
webhook_deliveries webhook_deliveries_tenant_id_webhook_config_id_fkey FOREIGN KEY (tenant_id, webhook_config_id) REFERENCES webhook_configs(tenant_id, id) ON DELETE CASCADE
webhook_deliveries webhook_deliveries_told CHECK (((told_ref IS NULL) = (told_sha IS NULL)))
webhook_deliveries webhook_deliveries_webhook_config_id_delivery_id_key UNIQUE (webhook_config_id, delivery_id)
webhook_heads webhook_heads_pkey PRIMARY KEY (webhook_config_id, ref)
webhook_heads webhook_heads_tenant_id_webhook_config_id_fkey FOREIGN KEY (tenant_id, webhook_config_id) REFERENCES webhook_configs(tenant_id, id) ON DELETE CASCADE
worker_intervals worker_intervals_check CHECK ((ended_at >= began_at))
worker_intervals worker_intervals_state_check CHECK (((state)::text = ANY ((ARRAY['up'::character varying, 'degraded'::character varying, 'offline'::character varying])::text[])))
worker_intervals worker_intervals_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES build_workers(id)
worker_tokens worker_tokens_pkey PRIMARY KEY (id)
worker_tokens worker_tokens_token_sha256_check CHECK ((octet_length(token_sha256) = 32))
worker_tokens worker_tokens_token_sha256_key UNIQUE (token_sha256)
worker_tokens worker_tokens_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES build_workers(id)

-- indexes
CREATE INDEX attempts_long ON public.attempts USING btree (tenant_id) WHERE ((ended_at IS NULL) OR ((ended_at - started_at) > '1 day'::interval))
CREATE INDEX attempts_started ON public.attempts USING btree (tenant_id, started_at)
CREATE INDEX attestations_by_digest ON public.attestations USING btree (tenant_id, subject_digest)
CREATE INDEX base_image_moves_newest ON public.base_image_moves USING btree (tenant_id, reference, seen_at)
CREATE INDEX base_image_rebuilds_build ON public.base_image_rebuilds USING btree (build_id) WHERE (build_id IS NOT NULL)
CREATE INDEX base_image_rebuilds_project ON public.base_image_rebuilds USING btree (project_id)
CREATE INDEX build_artifacts_contents ON public.build_artifacts USING btree (tenant_id, content_sha256) WHERE (content_sha256 IS NOT NULL)
CREATE INDEX build_artifacts_expiry ON public.build_artifacts USING btree (expires_at) WHERE (is_available AND (expires_at IS NOT NULL))
CREATE INDEX build_artifacts_image ON public.build_artifacts USING btree (image_id) WHERE (image_id IS NOT NULL)
CREATE INDEX build_artifacts_on_success ON public.build_artifacts USING btree (build_id) WHERE (is_available AND ((retention_policy)::text = 'delete_on_success'::text))
CREATE INDEX build_attestations_pending ON public.build_attestations USING btree (requested_at) WHERE ((state)::text = 'pending'::text)
CREATE INDEX build_gates_held ON public.build_gates USING btree (tenant_id, requested_at) WHERE ((gate_status)::text = 'held'::text)
CREATE INDEX build_gates_status ON public.build_gates USING btree (tenant_id, gate_status, build_created_at DESC, build_id DESC)
CREATE INDEX build_results_to_clean ON public.build_results USING btree (build_id) WHERE ((cleanup_status)::text <> 'completed'::text)
CREATE INDEX build_schedules_next ON public.build_schedules USING btree (next_trigger_at) WHERE (deleted_at IS NULL)
CREATE INDEX build_schedules_unsynced ON public.build_schedules USING btree (id) WHERE (revision <> abs(synced_revision))
CREATE INDEX build_status_history_order ON public.build_status_history USING btree (build_id, sequence)
CREATE INDEX builds_branch_newest ON public.builds USING btree (tenant_id, branch, created_at DESC, id DESC)
CREATE INDEX builds_commit ON public.builds USING btree (tenant_id, git_commit COLLATE "C") WHERE (git_commit IS NOT NULL)
CREATE INDEX builds_held ON public.builds USING btree (tenant_id, created_at DESC, id DESC) WHERE (held_at IS NOT NULL)
CREATE INDEX builds_image ON public.builds USING btree (image_id) WHERE (image_id IS NOT NULL)
CREATE INDEX builds_kept ON public.builds USING btree (project_id, branch, build_number DESC) WHERE (removed_at IS NULL)
CREATE INDEX builds_method_newest ON public.builds USING btree (tenant_id, build_method, created_at DESC, id DESC)
CREATE INDEX builds_newest ON public.builds USING btree (tenant_id, created_at DESC, id DESC)
CREATE INDEX builds_open ON public.builds USING btree (id) WHERE (completed_at IS NULL)
CREATE INDEX builds_project_branch ON public.builds USING btree (project_id, branch, created_at DESC, id DESC)
CREATE INDEX builds_project_ended ON public.builds USING btree (project_id, created_at DESC, id DESC) WHERE ((status)::text = ANY ((ARRAY['success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[]))
CREATE INDEX builds_project_newest ON public.builds USING btree (project_id, created_at DESC, id DESC)
CREATE INDEX builds_project_status ON public.builds USING btree (project_id, status, created_at DESC, id DESC)
CREATE INDEX builds_queue ON public.builds USING btree (tenant_id, project_id, build_method, needs, dispatch_at, id) WHERE (((status)::text = 'queued'::text) AND (cancel_requested_at IS NULL) AND (held_at IS NULL))
CREATE INDEX builds_staging_kept ON public.builds USING btree (staging_kept_until) WHERE (staging_kept_until IS NOT NULL)
CREATE INDEX builds_status_newest ON public.builds USING btree (tenant_id, status, created_at DESC, id DESC)
CREATE INDEX builds_succeeded ON public.builds USING btree (project_id, completed_at DESC, build_number DESC) WHERE ((status)::text = 'success'::text)
CREATE INDEX builds_superseded ON public.builds USING btree (superseded_by_build_id) WHERE (superseded_by_build_id IS NOT NULL)
CREATE INDEX builds_what_if ON public.builds USING btree (what_if_of_build_id) WHERE (what_if_of_build_id IS NOT NULL)
CREATE INDEX contents_oldest ON public.contents USING btree (last_needed_at)
CREATE INDEX credentials_key ON public.credentials USING btree (key_id, id)
CREATE INDEX image_explorations_newest ON public.image_explorations USING btree (tenant_id, ended_at DESC) WHERE ((state)::text = 'explored'::text)
CREATE INDEX image_packages_name_newest ON public.image_packages USING btree (tenant_id, name_key, listed_at DESC)
CREATE INDEX image_packages_source_newest ON public.image_packages USING btree (tenant_id, source_key, listed_at DESC) WHERE (source_key IS NOT NULL)
CREATE INDEX image_platforms_image ON public.image_platforms USING btree (image_id)
CREATE INDEX image_tags_image ON public.image_tags USING btree (image_id) WHERE (image_id IS NOT NULL)
CREATE INDEX images_digest ON public.images USING btree (manifest_digest)
CREATE INDEX images_newest ON public.images USING btree (tenant_id, last_built_at DESC, id DESC)
CREATE INDEX images_not_deleted ON public.images USING btree (project_id) WHERE (deleted_at IS NULL)
CREATE INDEX images_project_newest ON public.images USING btree (project_id, last_built_at DESC, id DESC)
CREATE INDEX leases_acknowledged ON public.leases USING btree (worker_id, acknowledged_at)
CREATE INDEX leases_expiry ON public.leases USING btree (expires_at) WHERE ((state)::text = ANY ((ARRAY['granted'::character varying, 'active'::character varying])::text[]))
CREATE INDEX leases_lost ON public.leases USING btree (worker_id, ended_at) WHERE ((ended_reason)::text = 'worker_lost'::text)
CREATE INDEX leases_of_project ON public.leases USING btree (project_id, build_method, granted_at DESC)
CREATE INDEX leases_unacknowledged ON public.leases USING btree (worker_id, ended_at) WHERE ((ended_reason)::text = 'grant_unacknowledged'::text)
CREATE INDEX leases_valid ON public.leases USING btree (tenant_id, project_id, build_method) WHERE ((state)::text = ANY ((ARRAY['granted'::character varying, 'active'::character varying])::text[]))
CREATE INDEX notification_deliveries_build ON public.notification_deliveries USING btree (tenant_id, build_id) WHERE (build_id IS NOT NULL)
CREATE INDEX notification_deliveries_dead ON public.notification_deliveries USING btree (target_id) WHERE ((delivery_state)::text = 'dead'::text)
CREATE INDEX notification_deliveries_due ON public.notification_deliveries USING btree (target_id, next_attempt_at, sequence) WHERE ((delivery_state)::text = 'pending'::text)
CREATE INDEX notification_deliveries_newest ON public.notification_deliveries USING btree (tenant_id, target_id, created_at DESC, id DESC)
CREATE INDEX notification_deliveries_next ON public.notification_deliveries USING btree (next_attempt_at) WHERE ((delivery_state)::text = 'pending'::text)
CREATE INDEX notification_deliveries_settled_age ON public.notification_deliveries USING btree (settled_at) WHERE (settled_at IS NOT NULL)
CREATE INDEX notification_deliveries_subject ON public.notification_deliveries USING btree (target_id, subject, sequence) WHERE (subject IS NOT NULL)
CREATE INDEX notification_targets_key ON public.notification_targets USING btree (key_id, id)
CREATE INDEX open_removals_image ON public.open_removals USING btree (repository, manifest_digest)
CREATE INDEX outbox_build ON public.outbox USING btree (build_id)
CREATE INDEX outbox_due ON public.outbox USING btree (due_at, id)
CREATE INDEX owed_traces_next ON public.owed_traces USING btree (next_try_at)
CREATE INDEX project_performance_daily_date ON public.project_performance_daily USING btree (tenant_id, date)
CREATE INDEX projects_newest ON public.projects USING btree (tenant_id, created_at DESC, id DESC)
CREATE INDEX publications_tidy_due ON public.publications USING btree (tidy_due_at) WHERE (tidy_due_at IS NOT NULL)
CREATE INDEX removed_log_days_left ON public.removed_log_days USING btree (build_day) WHERE (deleted_at IS NULL)
CREATE INDEX schedule_ticks_build ON public.schedule_ticks USING btree (build_id) WHERE (build_id IS NOT NULL)
CREATE INDEX schedule_ticks_open ON public.schedule_ticks USING btree (ask_at) WHERE ((tick_status)::text = ANY ((ARRAY['due'::character varying, 'buffered'::character varying, 'starting'::character varying])::text[]))
CREATE INDEX secrets_key ON public.secrets USING btree (key_id, id)
CREATE INDEX uncounted_days_newest ON public.uncounted_days USING btree (date)
CREATE INDEX webhook_configs_key ON public.webhook_configs USING btree (key_id, id)
CREATE INDEX webhook_configs_reconcile ON public.webhook_configs USING btree (next_reconcile_at) WHERE is_active
CREATE INDEX webhook_deliveries_age ON public.webhook_deliveries USING btree (created_at)
CREATE INDEX webhook_deliveries_build ON public.webhook_deliveries USING btree (tenant_id, build_id) WHERE (build_id IS NOT NULL)
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (next_retry_at) WHERE ((delivery_status)::text = 'pending'::text)
CREATE INDEX webhook_deliveries_found ON public.webhook_deliveries USING btree (webhook_config_id, told_ref, told_sha) WHERE (heads_read_at IS NOT NULL)
CREATE INDEX webhook_deliveries_newest ON public.webhook_deliveries USING btree (tenant_id, webhook_config_id, created_at DESC, id DESC)
CREATE INDEX worker_intervals_of ON public.worker_intervals USING btree (worker_id, began_at)
CREATE UNIQUE INDEX api_tokens_pkey ON public.api_tokens USING btree (id)
CREATE UNIQUE INDEX api_tokens_tenant_id_id_key ON public.api_tokens USING btree (tenant_id, id)
CREATE UNIQUE INDEX api_tokens_tenant_id_token_name_key ON public.api_tokens USING btree (tenant_id, token_name)
CREATE UNIQUE INDEX api_tokens_token_sha256_key ON public.api_tokens USING btree (token_sha256)
CREATE UNIQUE INDEX attempts_lease_id_key ON public.attempts USING btree (lease_id)
CREATE UNIQUE INDEX attempts_pkey ON public.attempts USING btree (build_id, attempt)
CREATE UNIQUE INDEX attempts_tenant_id_build_id_attempt_key ON public.attempts USING btree (tenant_id, build_id, attempt)
CREATE UNIQUE INDEX attestations_of_build ON public.attestations USING btree (build_id) WHERE ((kind)::text = 'provenance'::text)
CREATE UNIQUE INDEX attestations_of_image ON public.attestations USING btree (project_id, subject_digest, kind, statement_sha256, key_id) WHERE ((kind)::text <> 'provenance'::text)
CREATE UNIQUE INDEX attestations_pkey ON public.attestations USING btree (id)
CREATE UNIQUE INDEX base_image_moves_live ON public.base_image_moves USING btree (tenant_id, reference) WHERE ((move_status)::text = ANY ((ARRAY['open'::character varying, 'stopped'::character varying])::text[]))
CREATE UNIQUE INDEX base_image_moves_pkey ON public.base_image_moves USING btree (id)
CREATE UNIQUE INDEX base_image_moves_tenant_id_id_key ON public.base_image_moves USING btree (tenant_id, id)
CREATE UNIQUE INDEX base_image_rebuilds_pkey ON public.base_image_rebuilds USING btree (move_id, project_id)
CREATE UNIQUE INDEX build_artifacts_build_id_attempt_artifact_name_key ON public.build_artifacts USING btree (build_id, attempt, artifact_name)
CREATE UNIQUE INDEX build_artifacts_of_build ON public.build_artifacts USING btree (build_id, artifact_type, artifact_name) WHERE ((attempt IS NULL) AND (build_id IS NOT NULL) AND is_available)
CREATE UNIQUE INDEX build_artifacts_of_image ON public.build_artifacts USING btree (image_id, artifact_type, artifact_name) WHERE ((build_id IS NULL) AND is_available)
CREATE UNIQUE INDEX build_artifacts_pkey ON public.build_artifacts USING btree (id)
CREATE UNIQUE INDEX build_attestations_pkey ON public.build_attestations USING btree (build_id)
CREATE UNIQUE INDEX build_base_images_pkey ON public.build_base_images USING btree (build_id, "position")
CREATE UNIQUE INDEX build_concurrency_policies_pkey ON public.build_concurrency_policies USING btree (id)
CREATE UNIQUE INDEX build_concurrency_policies_tenant_id_key ON public.build_concurrency_policies USING btree (tenant_id)
CREATE UNIQUE INDEX build_configs_build_id_key ON public.build_configs USING btree (build_id)
CREATE UNIQUE INDEX build_configs_pkey ON public.build_configs USING btree (id)
CREATE UNIQUE INDEX build_gates_pkey ON public.build_gates USING btree (build_id)
CREATE UNIQUE INDEX build_limits_pkey ON public.build_limits USING btree (id)
CREATE UNIQUE INDEX build_limits_tenant_id_project_id_key ON public.build_limits USING btree (tenant_id, project_id) NULLS NOT DISTINCT
CREATE UNIQUE INDEX build_logs_pkey ON ONLY public.build_logs USING btree (build_day, build_id, attempt, chunk)
CREATE UNIQUE INDEX build_metrics_build_id_key ON public.build_metrics USING btree (build_id)
CREATE UNIQUE INDEX build_metrics_pkey ON public.build_metrics USING btree (id)
CREATE UNIQUE INDEX build_outcomes_daily_tenant_id_outcome_kind_project_id_date_key ON public.build_outcomes_daily USING btree (tenant_id, outcome_kind, project_id, date, name) NULLS NOT DISTINCT
CREATE UNIQUE INDEX build_performance_daily_pkey ON public.build_performance_daily USING btree (id)
CREATE UNIQUE INDEX build_performance_daily_tenant_id_date_key ON public.build_performance_daily USING btree (tenant_id, date)
CREATE UNIQUE INDEX build_prunes_open ON public.build_prunes USING btree (project_id) WHERE (completed_at IS NULL)
CREATE UNIQUE INDEX build_prunes_pkey ON public.build_prunes USING btree (id)
CREATE UNIQUE INDEX build_prunes_tenant_id_id_key ON public.build_prunes USING btree (tenant_id, id)
CREATE UNIQUE INDEX build_results_build_id_key ON public.build_results USING btree (build_id)
CREATE UNIQUE INDEX build_results_chain ON public.build_results USING btree (original_build_id, retry_count) WHERE (original_build_id IS NOT NULL)
CREATE UNIQUE INDEX build_results_pkey ON public.build_results USING btree (id)
CREATE UNIQUE INDEX build_retentions_tenant_id_project_id_key ON public.build_retentions USING btree (tenant_id, project_id) NULLS NOT DISTINCT
CREATE UNIQUE INDEX build_schedules_name ON public.build_schedules USING btree (tenant_id, project_id, schedule_name) WHERE (deleted_at IS NULL)
CREATE UNIQUE INDEX build_schedules_pkey ON public.build_schedules USING btree (id)
CREATE UNIQUE INDEX build_schedules_tenant_id_id_key ON public.build_schedules USING btree (tenant_id, id)
CREATE UNIQUE INDEX build_status_history_pkey ON public.build_status_history USING btree (id)
CREATE UNIQUE INDEX build_steps_build_id_attempt_step_number_key ON public.build_steps USING btree (build_id, attempt, step_number)
CREATE UNIQUE INDEX build_steps_pkey ON public.build_steps USING btree (id)
CREATE UNIQUE INDEX build_test_reports_pkey ON public.build_test_reports USING btree (build_id, attempt)
CREATE UNIQUE INDEX build_test_reports_tenant_id_build_id_attempt_key ON public.build_test_reports USING btree (tenant_id, build_id, attempt)
CREATE UNIQUE INDEX build_test_results_pkey ON public.build_test_results USING btree (build_id, attempt, case_number)
CREATE UNIQUE INDEX build_triggers_build_id_key ON public.build_triggers USING btree (build_id)
CREATE UNIQUE INDEX build_triggers_pkey ON public.build_triggers USING btree (id)
CREATE UNIQUE INDEX build_warnings_pkey ON public.build_warnings USING btree (build_id, attempt, warning_number)
CREATE UNIQUE INDEX build_workers_name ON public.build_workers USING btree (worker_name) WHERE (removed_at IS NULL)
CREATE UNIQUE INDEX build_workers_pkey ON public.build_workers USING btree (id)
CREATE UNIQUE INDEX builds_pkey ON public.builds USING btree (id)
CREATE UNIQUE INDEX builds_project_id_build_number_key ON public.builds USING btree (project_id, build_number)
CREATE UNIQUE INDEX builds_tenant_id_id_build_method_key ON public.builds USING btree (tenant_id, id, build_method)
CREATE UNIQUE INDEX builds_tenant_id_id_key ON public.builds USING btree (tenant_id, id)
CREATE UNIQUE INDEX cache_use_daily_pkey ON public.cache_use_daily USING btree (tenant_id, date, project_id)
CREATE UNIQUE INDEX contents_pkey ON public.contents USING btree (tenant_id, sha256)
CREATE UNIQUE INDEX control_plane_beats_pkey ON public.control_plane_beats USING btree (id)
CREATE UNIQUE INDEX credentials_pkey ON public.credentials USING btree (id)
CREATE UNIQUE INDEX credentials_tenant_id_id_key ON public.credentials USING btree (tenant_id, id)
CREATE UNIQUE INDEX credentials_tenant_id_project_id_credential_kind_host_key ON public.credentials USING btree (tenant_id, project_id, credential_kind, host) NULLS NOT DISTINCT
CREATE UNIQUE INDEX explored_layers_pkey ON public.explored_layers USING btree (tenant_id, manifest_digest, layer_number)
CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (tenant_id, idempotency_key)
CREATE UNIQUE INDEX image_explorations_pkey ON public.image_explorations USING btree (tenant_id, manifest_digest)
CREATE UNIQUE INDEX image_findings_pkey ON public.image_findings USING btree (tenant_id, manifest_digest, "position")
CREATE UNIQUE INDEX image_layers_image_id_layer_number_key ON public.image_layers USING btree (image_id, layer_number)
CREATE UNIQUE INDEX image_layers_pkey ON public.image_layers USING btree (id)
CREATE UNIQUE INDEX image_metadata_image_id_key ON public.image_metadata USING btree (image_id)
CREATE UNIQUE INDEX image_metadata_pkey ON public.image_metadata USING btree (id)
CREATE UNIQUE INDEX image_package_lists_pkey ON public.image_package_lists USING btree (tenant_id, manifest_digest)
CREATE UNIQUE INDEX image_packages_pkey ON public.image_packages USING btree (tenant_id, manifest_digest, "position")
CREATE UNIQUE INDEX image_platforms_pkey ON public.image_platforms USING btree (index_image_id, "position")
CREATE UNIQUE INDEX image_prunes_open ON public.image_prunes USING btree (project_id) WHERE (completed_at IS NULL)
CREATE UNIQUE INDEX image_prunes_pkey ON public.image_prunes USING btree (id)
CREATE UNIQUE INDEX image_prunes_tenant_id_id_key ON public.image_prunes USING btree (tenant_id, id)
CREATE UNIQUE INDEX image_removals_pkey ON public.image_removals USING btree (image_id, repository)
CREATE UNIQUE INDEX image_sboms_pkey ON public.image_sboms USING btree (tenant_id, manifest_digest)
CREATE UNIQUE INDEX image_scans_pkey ON public.image_scans USING btree (tenant_id, manifest_digest)
CREATE UNIQUE INDEX image_tags_pkey ON public.image_tags USING btree (tenant_id, repository, tag)
CREATE UNIQUE INDEX images_pkey ON public.images USING btree (id)
CREATE UNIQUE INDEX images_project_id_manifest_digest_key ON public.images USING btree (project_id, manifest_digest)
CREATE UNIQUE INDEX images_tenant_id_id_key ON public.images USING btree (tenant_id, id)
CREATE UNIQUE INDEX installation_is_only_key ON public.installation USING btree (is_only)
CREATE UNIQUE INDEX installation_pkey ON public.installation USING btree (id)
CREATE UNIQUE INDEX layer_explorations_pkey ON public.layer_explorations USING btree (tenant_id, layer_digest)
CREATE UNIQUE INDEX layer_usage_pkey ON public.layer_usage USING btree (tenant_id, layer_digest)
CREATE UNIQUE INDEX leases_build_id_attempt_key ON public.leases USING btree (build_id, attempt)
CREATE UNIQUE INDEX leases_build_id_fence_key ON public.leases USING btree (build_id, fence)
CREATE UNIQUE INDEX leases_one_valid_per_build ON public.leases USING btree (build_id) WHERE ((state)::text = ANY ((ARRAY['granted'::character varying, 'active'::character varying])::text[]))
CREATE UNIQUE INDEX leases_pkey ON public.leases USING btree (id)
CREATE UNIQUE INDEX leases_tenant_id_id_key ON public.leases USING btree (tenant_id, id)
CREATE UNIQUE INDEX leases_token_sha256_key ON public.leases USING btree (token_sha256)
CREATE UNIQUE INDEX notification_deliveries_pkey ON public.notification_deliveries USING btree (id)
CREATE UNIQUE INDEX notification_deliveries_tenant_id_id_key ON public.notification_deliveries USING btree (tenant_id, id)
CREATE UNIQUE INDEX notification_targets_pkey ON public.notification_targets USING btree (id)
CREATE UNIQUE INDEX notification_targets_tenant_id_id_key ON public.notification_targets USING btree (tenant_id, id)
CREATE UNIQUE INDEX notification_targets_tenant_id_target_name_key ON public.notification_targets USING btree (tenant_id, target_name)
CREATE UNIQUE INDEX open_removals_pkey ON public.open_removals USING btree (removal_id, manifest_digest)
CREATE UNIQUE INDEX outbox_pkey ON public.outbox USING btree (id)
CREATE UNIQUE INDEX owed_traces_pkey ON public.owed_traces USING btree (build_id)
CREATE UNIQUE INDEX project_performance_daily_pkey ON public.project_performance_daily USING btree (tenant_id, project_id, date)
CREATE UNIQUE INDEX projects_badge_token_sha256_key ON public.projects USING btree (badge_token_sha256)
CREATE UNIQUE INDEX projects_pkey ON public.projects USING btree (id)
CREATE UNIQUE INDEX projects_tenant_id_id_key ON public.projects USING btree (tenant_id, id)
CREATE UNIQUE INDEX projects_tenant_id_slug_key ON public.projects USING btree (tenant_id, slug)
CREATE UNIQUE INDEX publications_pkey ON public.publications USING btree (build_id, repository)
CREATE UNIQUE INDEX removed_log_days_pkey ON public.removed_log_days USING btree (project_id, build_day)
CREATE UNIQUE INDEX schedule_ticks_pkey ON public.schedule_ticks USING btree (id)
CREATE UNIQUE INDEX schedule_ticks_schedule_id_scheduled_at_key ON public.schedule_ticks USING btree (schedule_id, scheduled_at)
CREATE UNIQUE INDEX secrets_pkey ON public.secrets USING btree (id)
CREATE UNIQUE INDEX secrets_tenant_id_id_key ON public.secrets USING btree (tenant_id, id)
CREATE UNIQUE INDEX secrets_tenant_id_project_id_secret_name_key ON public.secrets USING btree (tenant_id, project_id, secret_name) NULLS NOT DISTINCT
CREATE UNIQUE INDEX signing_keys_pkey ON public.signing_keys USING btree (key_id)
CREATE UNIQUE INDEX tag_moves_pkey ON public.tag_moves USING btree (mover_id, build_id, repository, tag)
CREATE UNIQUE INDEX tenant_shares_pkey ON public.tenant_shares USING btree (tenant_id)
CREATE UNIQUE INDEX tenants_pkey ON public.tenants USING btree (id)
CREATE UNIQUE INDEX tenants_slug_key ON public.tenants USING btree (slug)
CREATE UNIQUE INDEX uncounted_days_pkey ON public.uncounted_days USING btree (tenant_id, date)
CREATE UNIQUE INDEX uncounted_spans_pkey ON public.uncounted_spans USING btree (id)
CREATE UNIQUE INDEX uploads_pkey ON public.uploads USING btree (id)
CREATE UNIQUE INDEX uploads_tenant_id_id_key ON public.uploads USING btree (tenant_id, id)
CREATE UNIQUE INDEX uploads_tenant_id_sha256_key ON public.uploads USING btree (tenant_id, sha256)
CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)
CREATE UNIQUE INDEX users_tenant_id_id_key ON public.users USING btree (tenant_id, id)
CREATE UNIQUE INDEX users_tenant_id_username_key ON public.users USING btree (tenant_id, username)
CREATE UNIQUE INDEX watched_images_pkey ON public.watched_images USING btree (tenant_id, reference)
CREATE UNIQUE INDEX webhook_configs_pkey ON public.webhook_configs USING btree (id)
CREATE UNIQUE INDEX webhook_configs_tenant_id_id_key ON public.webhook_configs USING btree (tenant_id, id)
CREATE UNIQUE INDEX webhook_configs_tenant_id_webhook_name_key ON public.webhook_configs USING btree (tenant_id, webhook_name)
CREATE UNIQUE INDEX webhook_deliveries_pkey ON public.webhook_deliveries USING btree (id)
CREATE UNIQUE INDEX webhook_deliveries_tenant_id_id_key ON public.webhook_deliveries USING btree (tenant_id, id)
CREATE UNIQUE INDEX webhook_deliveries_webhook_config_id_delivery_id_key ON public.webhook_deliveries USING btree (webhook_config_id, delivery_id)
CREATE UNIQUE INDEX webhook_heads_pkey ON public.webhook_heads USING btree (webhook_config_id, ref)
CREATE UNIQUE INDEX worker_intervals_one_open ON public.worker_intervals USING btree (worker_id) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX worker_tokens_pkey ON public.worker_tokens USING btree (id)
CREATE UNIQUE INDEX worker_tokens_token_sha256_key ON public.worker_tokens USING btree (token_sha256)

-- policies
api_tokens controller_rows * to kiln_controller using (true) with check (true)
api_tokens resolved_by_owner r to kiln_owner using (true) with check ()
api_tokens tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
attempts controller_rows * to kiln_controller using (true) with check (true)
attempts tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
attestations controller_rows * to kiln_controller using (true) with check (true)
attestations tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
base_image_moves controller_rows * to kiln_controller using (true) with check (true)
base_image_moves tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
base_image_rebuilds controller_rows * to kiln_controller using (true) with check (true)
base_image_rebuilds tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_artifacts controller_rows * to kiln_controller using (true) with check (true)
build_artifacts kept_by_owner r to kiln_owner using (true) with check ()
build_artifacts tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_attestations controller_rows * to kiln_controller using (true) with check (true)
build_attestations tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_base_images controller_rows * to kiln_controller using (true) with check (true)
build_base_images tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_concurrency_policies controller_rows * to kiln_controller using (true) with check (true)
build_concurrency_policies counted_by_owner r to kiln_owner using (true) with check ()
build_concurrency_policies tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_concurrency_policies weighted_by_owner * to kiln_owner using (is_operator()) with check (is_operator())
build_configs controller_rows * to kiln_controller using (true) with check (true)
build_configs tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_gates controller_rows * to kiln_controller using (true) with check (true)
build_gates tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_limits controller_rows * to kiln_controller using (true) with check (true)
build_limits tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_logs controller_rows * to kiln_controller using (true) with check (true)
build_logs tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_metrics controller_rows * to kiln_controller using (true) with check (true)
build_metrics tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_outcomes_daily controller_rows * to kiln_controller using (true) with check (true)
build_outcomes_daily tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_performance_daily controller_rows * to kiln_controller using (true) with check (true)
build_performance_daily tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_prunes controller_rows * to kiln_controller using (true) with check (true)
build_prunes tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_results controller_rows * to kiln_controller using (true) with check (true)
build_results tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_retentions controller_rows * to kiln_controller using (true) with check (true)
build_retentions tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_schedules controller_rows * to kiln_controller using (true) with check (true)
build_schedules tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_status_history controller_rows * to kiln_controller using (true) with check (true)
build_status_history tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_steps controller_rows * to kiln_controller using (true) with check (true)
build_steps tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_test_reports controller_rows * to kiln_controller using (true) with check (true)
build_test_reports tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_test_results controller_rows * to kiln_controller using (true) with check (true)
build_test_results tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_triggers controller_rows * to kiln_controller using (true) with check (true)
build_triggers tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_warnings controller_rows * to kiln_controller using (true) with check (true)
build_warnings tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
build_workers controller_rows * to kiln_controller using (true) with check (true)
build_workers heartbeat_by_owner * to kiln_owner using (true) with check (true)
build_workers tenant_additions a to kiln_api using () with check (((current_tenant() IS NOT NULL) AND ((tenant_id = current_tenant()) OR ((tenant_id IS NULL) AND is_operator()))))
build_workers tenant_changes w to kiln_api using (((current_tenant() IS NOT NULL) AND ((tenant_id = current_tenant()) OR ((tenant_id IS NULL) AND is_operator())))) with check (((current_tenant() IS NOT NULL) AND ((tenant_id = current_tenant()) OR ((tenant_id IS NULL) AND is_operator()))))
build_workers tenant_rows r to kiln_api using (((current_tenant() IS NOT NULL) AND ((tenant_id IS NULL) OR (tenant_id = current_tenant())))) with check ()
builds controller_rows * to kiln_controller using (true) with check (true)
builds counted_by_owner r to kiln_owner using (true) with check ()
builds tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
cache_use_daily controller_rows * to kiln_controller using (true) with check (true)
cache_use_daily tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
contents controller_rows * to kiln_controller using (true) with check (true)
contents expired_by_owner r to kiln_owner using (true) with check ()
contents tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
credentials controller_rows * to kiln_controller using (true) with check (true)
credentials tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
explored_layers controller_rows * to kiln_controller using (true) with check (true)
explored_layers tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
idempotency_keys controller_rows * to kiln_controller using (true) with check (true)
idempotency_keys tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_explorations controller_rows * to kiln_controller using (true) with check (true)
image_explorations tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_findings controller_rows * to kiln_controller using (true) with check (true)
image_findings tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_layers controller_rows * to kiln_controller using (true) with check (true)
image_layers tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_metadata controller_rows * to kiln_controller using (true) with check (true)
image_metadata tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_package_lists controller_rows * to kiln_controller using (true) with check (true)
image_package_lists tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_packages controller_rows * to kiln_controller using (true) with check (true)
image_packages tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_platforms controller_rows * to kiln_controller using (true) with check (true)
image_platforms tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_prunes controller_rows * to kiln_controller using (true) with check (true)
image_prunes tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_removals controller_rows * to kiln_controller using (true) with check (true)
image_removals tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_sboms controller_rows * to kiln_controller using (true) with check (true)
image_sboms tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_scans controller_rows * to kiln_controller using (true) with check (true)
image_scans tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
image_tags controller_rows * to kiln_controller using (true) with check (true)
image_tags tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
images controller_rows * to kiln_controller using (true) with check (true)
images tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
layer_explorations controller_rows * to kiln_controller using (true) with check (true)
layer_explorations tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
layer_usage controller_rows * to kiln_controller using (true) with check (true)
layer_usage tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
leases controller_rows * to kiln_controller using (true) with check (true)
leases resolved_by_owner r to kiln_owner using (true) with check ()
leases tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
notification_deliveries controller_rows * to kiln_controller using (true) with check (true)
notification_deliveries tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
notification_targets controller_rows * to kiln_controller using (true) with check (true)
notification_targets tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
outbox controller_rows * to kiln_controller using (true) with check (true)
outbox tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
owed_traces controller_rows * to kiln_controller using (true) with check (true)
owed_traces tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
project_performance_daily controller_rows * to kiln_controller using (true) with check (true)
project_performance_daily tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
projects controller_rows * to kiln_controller using (true) with check (true)
projects resolved_by_owner r to kiln_owner using (true) with check ()
projects tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
publications controller_rows * to kiln_controller using (true) with check (true)
publications tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
removed_log_days controller_rows * to kiln_controller using (true) with check (true)
removed_log_days tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
schedule_ticks controller_rows * to kiln_controller using (true) with check (true)
schedule_ticks tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
secrets controller_rows * to kiln_controller using (true) with check (true)
secrets tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
tag_moves controller_rows * to kiln_controller using (true) with check (true)
tag_moves tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
tenant_shares controller_rows * to kiln_controller using (true) with check (true)
tenant_shares tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
tenants controller_rows * to kiln_controller using (true) with check (true)
tenants tenant_rows * to kiln_api using ((id = current_tenant())) with check ((id = current_tenant()))
tenants weighted_by_owner r to kiln_owner using (is_operator()) with check ()
uncounted_days controller_rows * to kiln_controller using (true) with check (true)
uncounted_days tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
uncounted_spans controller_rows * to kiln_controller using (true) with check (true)
uncounted_spans tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
uploads controller_rows * to kiln_controller using (true) with check (true)
uploads tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
users controller_rows * to kiln_controller using (true) with check (true)
users tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
watched_images controller_rows * to kiln_controller using (true) with check (true)
watched_images tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
webhook_configs controller_rows * to kiln_controller using (true) with check (true)
webhook_configs resolved_by_owner r to kiln_owner using (true) with check ()
webhook_configs tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
webhook_deliveries controller_rows * to kiln_controller using (true) with check (true)
webhook_deliveries tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
webhook_heads controller_rows * to kiln_controller using (true) with check (true)
webhook_heads tenant_rows * to kiln_api using ((tenant_id = current_tenant())) with check ((tenant_id = current_tenant()))
worker_intervals controller_rows * to kiln_controller using (true) with check (true)
worker_intervals recorded_by_owner * to kiln_owner using (true) with check (true)
worker_intervals worker_rows r to kiln_api using ((EXISTS ( SELECT
   FROM build_workers w
  WHERE (w.id = worker_intervals.worker_id)))) with check ()
worker_tokens controller_rows * to kiln_controller using (true) with check (true)
worker_tokens resolved_by_owner r to kiln_owner using (true) with check ()
worker_tokens worker_rows * to kiln_api using ((EXISTS ( SELECT
   FROM build_workers w
  WHERE ((w.id = worker_tokens.worker_id) AND ((w.tenant_id = current_tenant()) OR is_operator()))))) with check ((EXISTS ( SELECT
   FROM build_workers w
  WHERE ((w.id = worker_tokens.worker_id) AND ((w.tenant_id = current_tenant()) OR is_operator())))))

-- triggers
CREATE CONSTRAINT TRIGGER notify_of_status AFTER INSERT ON public.build_status_history DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.from_status)::text IS DISTINCT FROM (new.to_status)::text)) EXECUTE FUNCTION notify_of_status()
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.build_status_history FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON public.build_status_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER build_artifacts_expiry BEFORE INSERT ON public.build_artifacts FOR EACH ROW EXECUTE FUNCTION set_artifact_expiry()
CREATE TRIGGER guard_build BEFORE UPDATE ON public.builds FOR EACH ROW EXECUTE FUNCTION guard_build()
CREATE TRIGGER guard_build_result BEFORE UPDATE ON public.build_results FOR EACH ROW EXECUTE FUNCTION guard_build_result()
CREATE TRIGGER guard_gate BEFORE UPDATE ON public.build_gates FOR EACH ROW EXECUTE FUNCTION guard_gate()
CREATE TRIGGER guard_lease BEFORE UPDATE ON public.leases FOR EACH ROW EXECUTE FUNCTION guard_lease()
CREATE TRIGGER guard_what_if BEFORE UPDATE OF what_if, what_if_of_build_id ON public.builds FOR EACH ROW EXECUTE FUNCTION guard_what_if()
CREATE TRIGGER guard_worker BEFORE UPDATE ON public.build_workers FOR EACH ROW EXECUTE FUNCTION guard_worker()
CREATE TRIGGER note_uncounted AFTER INSERT ON public.attempts FOR EACH ROW EXECUTE FUNCTION note_uncounted_attempt()
CREATE TRIGGER note_uncounted AFTER INSERT ON public.builds FOR EACH ROW EXECUTE FUNCTION note_uncounted_build()
CREATE TRIGGER note_uncounted_branch AFTER UPDATE OF branch ON public.builds FOR EACH ROW WHEN (((new.branch)::text IS DISTINCT FROM (old.branch)::text)) EXECUTE FUNCTION note_uncounted_build()
CREATE TRIGGER note_uncounted_end AFTER UPDATE OF completed_at ON public.builds FOR EACH ROW WHEN ((new.completed_at IS DISTINCT FROM old.completed_at)) EXECUTE FUNCTION note_uncounted_build()
CREATE TRIGGER note_uncounted_end AFTER UPDATE OF ended_at ON public.attempts FOR EACH ROW WHEN ((new.ended_at IS DISTINCT FROM old.ended_at)) EXECUTE FUNCTION note_uncounted_attempt()
CREATE TRIGGER notify_of_commit AFTER UPDATE OF git_commit ON public.builds FOR EACH ROW WHEN (((old.git_commit IS NULL) AND (new.git_commit IS NOT NULL) AND (new.what_if IS NULL))) EXECUTE FUNCTION notify_of_commit()
CREATE TRIGGER owe_trace AFTER INSERT ON public.build_status_history FOR EACH ROW WHEN (((new.to_status)::text = ANY ((ARRAY['success'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[]))) EXECUTE FUNCTION owe_trace()
CREATE TRIGGER record_worker_interval AFTER UPDATE OF status ON public.build_workers FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION record_worker_interval()

-- views
build_log_lines columns tenant_id, build_id, attempt, line_number, chunk, step_number, log_level, logged_at, log_content

-- functions
CREATE OR REPLACE FUNCTION public.build_status_moves()
 RETURNS TABLE(from_status text, to_status text)
 LANGUAGE sql
 IMMUTABLE
AS $function$
  VALUES ('queued', 'in_progress'), ('queued', 'failed'), ('queued', 'cancelled'),
         ('in_progress', 'queued'), ('in_progress', 'success'), ('in_progress', 'failed'), ('in_progress', 'cancelled')
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.current_tenant()
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$ SELECT nullif(current_setting('kiln.tenant', true), '')::uuid $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.drop_log_partition(day date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET lock_timeout TO '15ms'
AS $function$
BEGIN
  IF day >= (now() AT TIME ZONE 'utc')::date - 2 THEN
    RAISE EXCEPTION 'the log of % may still be written to', day;
  END IF;
  EXECUTE format('DROP TABLE IF EXISTS public.%I', 'build_logs_' || to_char(day, 'YYYYMMDD'));
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.ensure_log_partition(day date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
  partition text := 'build_logs_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  IF day NOT BETWEEN (now() AT TIME ZONE 'utc')::date - 2 AND (now() AT TIME ZONE 'utc')::date + 2 THEN
    RAISE EXCEPTION 'log partitions are made for the days around today, not for %', day;
  END IF;
  LOCK TABLE public.build_logs IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass('public.' || partition) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.build_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
  EXECUTE format('ALTER TABLE public.build_logs ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                 partition, day, day + 1);
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_build()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF OLD.completed_at IS NOT NULL AND NEW.completed_at IS DISTINCT FROM OLD.completed_at THEN
    RAISE EXCEPTION 'build % is over: completed_at never changes', OLD.id USING ERRCODE = 'KB001';
  END IF;
  IF NEW.status <> OLD.status AND NOT EXISTS (
    SELECT FROM public.build_status_moves() m WHERE m.from_status = OLD.status AND m.to_status = NEW.status
  ) THEN
    RAISE EXCEPTION 'build % cannot move from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'KB001';
  END IF;
  IF OLD.status = 'in_progress' AND NEW.status = 'queued' AND NEW.requeue_reason IS NULL THEN
    RAISE EXCEPTION 'build % is queued again without a reason', OLD.id USING ERRCODE = 'KB001';
  END IF;
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of build % only grows', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_build_result()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF OLD.status IS NOT NULL AND NEW.status IS DISTINCT FROM OLD.status THEN
    RAISE EXCEPTION 'the result of build % never changes', OLD.build_id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_gate()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF OLD.gate_status <> 'held' AND NEW.gate_status <> OLD.gate_status THEN
    RAISE EXCEPTION 'the gate of build % was decided: % stays', OLD.build_id, OLD.gate_status USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_lease()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF OLD.state IN ('released', 'expired') AND NEW.state <> OLD.state
     OR OLD.state = 'active' AND NEW.state = 'granted' THEN
    RAISE EXCEPTION 'lease % cannot move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'KB001';
  END IF;
  IF NEW.fence <> OLD.fence OR NEW.attempt <> OLD.attempt OR NEW.build_id <> OLD.build_id THEN
    RAISE EXCEPTION 'lease % keeps its build, attempt and fence', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_what_if()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF NEW.what_if IS DISTINCT FROM OLD.what_if OR NEW.what_if_of_build_id IS DISTINCT FROM OLD.what_if_of_build_id THEN
    RAISE EXCEPTION 'build %: what is a what-if stays one, and nothing else becomes one', OLD.id USING ERRCODE = 'KB001';
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.guard_worker()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF NEW.current_builds_count > OLD.current_builds_count
     AND NEW.current_builds_count > NEW.concurrent_builds_limit THEN
    RAISE EXCEPTION 'worker % has no free slot', OLD.worker_name USING ERRCODE = 'KB003';
  END IF;
  IF NEW.status IN ('healthy', 'busy') THEN
    NEW.status := CASE WHEN NEW.current_builds_count >= NEW.concurrent_builds_limit THEN 'busy' ELSE 'healthy' END;
  END IF;
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.is_operator()
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ SELECT current_setting('kiln.operator', true) = 'on' $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.lease_tenant(lease uuid, worker uuid)
 RETURNS uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ SELECT l.tenant_id FROM public.leases l WHERE l.id = lease AND l.worker_id = worker $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.lock_worker(worker uuid)
 RETURNS SETOF build_workers
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ SELECT * FROM public.build_workers w WHERE w.id = worker AND w.removed_at IS NULL FOR UPDATE $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.note_uncounted_attempt()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
  until timestamptz := greatest(NEW.started_at, NEW.ended_at);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    until := greatest(until, coalesce(OLD.ended_at, clock_timestamp()));
  END IF;
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at) VALUES (NEW.tenant_id, NEW.started_at, until);
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.note_uncounted_build()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO public.uncounted_spans (tenant_id, began_at, ended_at)
  VALUES (NEW.tenant_id, NEW.created_at, greatest(NEW.created_at, NEW.completed_at));
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.notify_of_commit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id AND git_host IS NOT NULL) THEN
    PERFORM public.put_notifications(NEW.id, NULL, NEW.status, 'its commit is known', clock_timestamp(), true);
  END IF;
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.notify_of_status()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT FROM public.notification_targets WHERE tenant_id = NEW.tenant_id)
    AND EXISTS (SELECT FROM public.builds WHERE id = NEW.build_id AND what_if IS NULL) THEN
    PERFORM public.put_notifications(NEW.build_id, NEW.from_status, NEW.to_status, NEW.reason, NEW.changed_at, false);
  END IF;
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.other_tenants_load()
 RETURNS TABLE(tenants integer, weight integer, queued integer, running integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  WITH waiting AS (
    SELECT b.tenant_id, count(*) AS builds FROM public.builds b
    WHERE b.status = 'queued' AND b.cancel_requested_at IS NULL AND b.held_at IS NULL
      AND b.tenant_id <> public.current_tenant() GROUP BY b.tenant_id
  ), busy AS (
    SELECT l.tenant_id, count(*) AS builds FROM public.leases l
    WHERE l.state IN ('granted', 'active') AND l.tenant_id <> public.current_tenant() GROUP BY l.tenant_id
  )
  SELECT count(*)::int, coalesce(sum(coalesce(p.weight, 1)), 0)::int,
    coalesce(sum(w.builds), 0)::int, coalesce(sum(r.builds), 0)::int
  FROM waiting w FULL JOIN busy r USING (tenant_id)
  LEFT JOIN public.build_concurrency_policies p ON p.tenant_id = coalesce(w.tenant_id, r.tenant_id)
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.owe_trace()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO public.owed_traces (tenant_id, build_id)
  SELECT NEW.tenant_id, NEW.build_id FROM public.installation WHERE traces_wanted
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.put_notifications(of_build uuid, was text, becomes text, why text, happened_at timestamp with time zone, to_git_hosts_only boolean)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
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
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.record_worker_interval()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
  state_now text := CASE WHEN NEW.status IN ('healthy', 'busy') THEN 'up' ELSE NEW.status END;
  open public.worker_intervals;
  at timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO open FROM public.worker_intervals i WHERE i.worker_id = NEW.id AND i.ended_at IS NULL;
  IF open.state = state_now OR (open IS NULL AND state_now = 'offline') THEN RETURN NULL; END IF;
  at := greatest(at, open.began_at);
  UPDATE public.worker_intervals i SET ended_at = at WHERE i.worker_id = NEW.id AND i.ended_at IS NULL;
  DELETE FROM public.worker_intervals i WHERE i.worker_id = NEW.id AND i.ended_at < at - interval '31 days';
  INSERT INTO public.worker_intervals (worker_id, state, reasons, began_at) VALUES (NEW.id, state_now, NEW.status_reasons, at);
  UPDATE public.build_workers w SET uptime_percent = public.worker_uptime_percent(NEW.id, at) WHERE w.id = NEW.id;
  RETURN NULL;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'KB002';
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.resolve_api_token(sha256 bytea)
 RETURNS TABLE(tenant_id uuid, user_id uuid, token_id uuid)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT t.tenant_id, t.user_id, t.id FROM public.api_tokens t
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.resolve_badge(sha256 bytea)
 RETURNS TABLE(tenant_id uuid, project_id uuid, slug character varying)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ SELECT p.tenant_id, p.id, p.slug FROM public.projects p WHERE p.badge_token_sha256 = sha256 $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.resolve_lease_token(sha256 bytea)
 RETURNS TABLE(lease_id uuid, tenant_id uuid, build_id uuid, attempt integer, fence integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT l.id, l.tenant_id, l.build_id, l.attempt, l.fence FROM public.leases l WHERE l.token_sha256 = sha256
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.resolve_webhook(webhook uuid)
 RETURNS SETOF webhook_configs
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$ SELECT * FROM public.webhook_configs WHERE id = webhook AND is_active $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.resolve_worker_token(sha256 bytea)
 RETURNS TABLE(worker_id uuid, worker_name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT w.id, w.worker_name FROM public.worker_tokens t JOIN public.build_workers w ON w.id = t.worker_id
  WHERE t.token_sha256 = sha256 AND t.revoked_at IS NULL
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.set_artifact_expiry()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  NEW.expires_at := LEAST(NEW.expires_at, NEW.created_at + CASE NEW.retention_policy
    WHEN 'days_30' THEN interval '30 days' WHEN 'days_90' THEN interval '90 days' WHEN 'days_365' THEN interval '365 days' END);
  RETURN NEW;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.set_tenant_weight(tenant_slug text, new_weight integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  INSERT INTO public.build_concurrency_policies AS p (tenant_id, weight)
    SELECT t.id, new_weight FROM public.tenants t WHERE t.slug = tenant_slug AND public.is_operator()
    ON CONFLICT (tenant_id) DO UPDATE SET weight = excluded.weight, updated_at = clock_timestamp();
  RETURN FOUND;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.tenant_weights()
 RETURNS TABLE(tenant text, weight integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT t.slug::text, coalesce(p.weight, 1) FROM public.tenants t
  LEFT JOIN public.build_concurrency_policies p ON p.tenant_id = t.id
  WHERE public.is_operator() ORDER BY t.slug
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.tenants_with_contents_before(cutoff timestamp with time zone)
 RETURNS SETOF uuid
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT DISTINCT c.tenant_id FROM public.contents c WHERE c.last_needed_at < cutoff
    AND NOT EXISTS (SELECT FROM public.build_artifacts a WHERE a.tenant_id = c.tenant_id AND a.content_sha256 = c.sha256)
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.worker_heartbeat(worker uuid, offer jsonb, status_now text, reasons text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
  texts constant text[] := '{}';
BEGIN
  UPDATE public.build_workers w SET
    host_id = (offer ->> 'host_id')::uuid,
    worker_type = offer ->> 'worker_type',
    concurrent_builds_limit = (offer ->> 'slots')::int,
    methods = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'methods')),
    platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'platforms')),
    emulated_platforms = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'emulated_platforms')),
    accepted_holes = texts || ARRAY(SELECT jsonb_array_elements_text(offer -> 'accepted_holes')),
    zone = offer ->> 'zone',
    labels = offer -> 'labels',
    tool_versions = offer -> 'tool_versions',
    builder_trouble = offer ->> 'builder_trouble',
    disk_free_bytes = (offer ->> 'disk_free_bytes')::bigint,
    disk_reserve_bytes = (offer ->> 'disk_reserve_bytes')::bigint,
    disk_free_inodes = (offer ->> 'disk_free_inodes')::bigint,
    is_draining = (offer ->> 'is_draining')::boolean,
    is_worker_away = coalesce((offer ->> 'is_worker_away')::boolean, false),
    last_heartbeat = clock_timestamp(),
    status = status_now,
    status_reasons = reasons,
    uptime_percent = public.worker_uptime_percent(worker, clock_timestamp())
  WHERE w.id = worker;
END $function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.worker_is_degraded(worker uuid)
 RETURNS boolean
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT count(*) >= 3 AND max(l.ended_at) > clock_timestamp() - interval '60 seconds'
  FROM public.leases l
  WHERE l.worker_id = worker AND l.ended_reason = 'grant_unacknowledged' AND l.ended_at > coalesce(
    (SELECT max(a.acknowledged_at) FROM public.leases a WHERE a.worker_id = worker), '-infinity')
$function$
-- owner=kiln_owner

CREATE OR REPLACE FUNCTION public.worker_uptime_percent(worker uuid, moment timestamp with time zone)
 RETURNS numeric
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
  SELECT floor(10000 * sum(extract(epoch FROM part)) FILTER (WHERE state = 'up') / nullif(sum(extract(epoch FROM part)), 0)) / 100
  FROM (
    SELECT state, least(coalesce(ended_at, moment), moment) - greatest(began_at, moment - interval '30 days') AS part
    FROM public.worker_intervals
    WHERE worker_id = worker AND began_at < moment AND coalesce(ended_at, moment) > moment - interval '30 days'
  ) parts
$function$
-- owner=kiln_owner

CREATE OR REPLACE PROCEDURE public.protect_tenant_table(IN target regclass)
 LANGUAGE plpgsql
AS $procedure$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant_rows ON %s TO kiln_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', target);
  EXECUTE format('CREATE POLICY controller_rows ON %s TO kiln_controller USING (true) WITH CHECK (true)', target);
END $procedure$
-- owner=kiln_owner


-- grants
api_tokens DELETE, INSERT, SELECT, UPDATE to kiln_controller
api_tokens(id) SELECT to kiln_api
api_tokens(tenant_id) SELECT to kiln_api
api_tokens(token_name) SELECT to kiln_api
attempts INSERT, SELECT, UPDATE to kiln_controller
attempts SELECT to kiln_api
attempts(ended_at) UPDATE to kiln_api
attempts(ended_reason) UPDATE to kiln_api
attempts(log_bytes) UPDATE to kiln_api
attempts(log_chunks) UPDATE to kiln_api
attempts(log_lines) UPDATE to kiln_api
attempts(log_note) UPDATE to kiln_api
attempts(log_sealed_at) UPDATE to kiln_api
attempts(log_sha256) UPDATE to kiln_api
attempts(outcome) UPDATE to kiln_api
attempts(registries) UPDATE to kiln_api
attestations INSERT, SELECT to kiln_controller
attestations SELECT to kiln_api
base_image_moves DELETE, INSERT, SELECT, UPDATE to kiln_controller
base_image_moves SELECT to kiln_api
base_image_moves(move_status) UPDATE to kiln_api
base_image_moves(reason) UPDATE to kiln_api
base_image_moves(resumed_at) UPDATE to kiln_api
base_image_rebuilds DELETE, INSERT, SELECT, UPDATE to kiln_controller
base_image_rebuilds SELECT to kiln_api
build_artifacts DELETE, INSERT, SELECT to kiln_controller
build_artifacts INSERT, SELECT to kiln_api
build_artifacts(is_available) UPDATE to kiln_controller
build_attestations INSERT, SELECT, UPDATE to kiln_controller
build_attestations SELECT to kiln_api
build_base_images INSERT, SELECT, UPDATE to kiln_controller
build_base_images SELECT to kiln_api
build_concurrency_policies DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_concurrency_policies SELECT to kiln_api
build_concurrency_policies(buildx_max_concurrent) INSERT, UPDATE to kiln_api
build_concurrency_policies(container_max_concurrent) INSERT, UPDATE to kiln_api
build_concurrency_policies(kaniko_max_concurrent) INSERT, UPDATE to kiln_api
build_concurrency_policies(max_concurrent_builds) INSERT, UPDATE to kiln_api
build_concurrency_policies(max_concurrent_per_project) INSERT, UPDATE to kiln_api
build_concurrency_policies(max_queued_wait_minutes) INSERT, UPDATE to kiln_api
build_concurrency_policies(on_limit) INSERT, UPDATE to kiln_api
build_concurrency_policies(packer_max_concurrent) INSERT, UPDATE to kiln_api
build_concurrency_policies(paketo_max_concurrent) INSERT, UPDATE to kiln_api
build_concurrency_policies(priority_dispatch_enabled) INSERT, UPDATE to kiln_api
build_concurrency_policies(tenant_id) INSERT to kiln_api
build_concurrency_policies(updated_at) UPDATE to kiln_api
build_configs INSERT, SELECT to kiln_api
build_configs INSERT, SELECT, UPDATE to kiln_controller
build_configs(build_args) UPDATE to kiln_api
build_configs(build_context) UPDATE to kiln_api
build_configs(build_timeout_milliseconds) UPDATE to kiln_api
build_configs(builder) UPDATE to kiln_api
build_configs(buildpacks) UPDATE to kiln_api
build_configs(cache_enabled) UPDATE to kiln_api
build_configs(cache_from) UPDATE to kiln_api
build_configs(cache_repo) UPDATE to kiln_api
build_configs(cache_to) UPDATE to kiln_api
build_configs(dockerfile) UPDATE to kiln_api
build_configs(environment) UPDATE to kiln_api
build_configs(metadata) UPDATE to kiln_api
build_configs(packer_template) UPDATE to kiln_api
build_configs(platforms) UPDATE to kiln_api
build_configs(resources) UPDATE to kiln_api
build_configs(secrets) UPDATE to kiln_api
build_configs(setting_layers) UPDATE to kiln_api
build_configs(target_stage) UPDATE to kiln_api
build_gates INSERT, SELECT, UPDATE to kiln_controller
build_gates SELECT to kiln_api
build_gates(decided_at) UPDATE to kiln_api
build_gates(decided_by_token_id) UPDATE to kiln_api
build_gates(decided_by_user_id) UPDATE to kiln_api
build_gates(gate_status) UPDATE to kiln_api
build_gates(why) UPDATE to kiln_api
build_limits DELETE, INSERT, SELECT, UPDATE to kiln_api
build_limits SELECT to kiln_controller
build_log_lines SELECT to kiln_api
build_log_lines SELECT to kiln_controller
build_logs DELETE, SELECT to kiln_controller
build_logs INSERT, SELECT to kiln_api
build_metrics DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_metrics SELECT to kiln_api
build_outcomes_daily DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_outcomes_daily SELECT to kiln_api
build_performance_daily DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_performance_daily SELECT to kiln_api
build_prunes INSERT, SELECT to kiln_api
build_prunes INSERT, SELECT, UPDATE to kiln_controller
build_results INSERT, SELECT to kiln_api
build_results INSERT, SELECT, UPDATE to kiln_controller
build_retentions INSERT, SELECT, UPDATE to kiln_api
build_retentions SELECT to kiln_controller
build_schedules DELETE, SELECT, UPDATE to kiln_controller
build_schedules INSERT, SELECT to kiln_api
build_schedules(build_config_preset) UPDATE to kiln_api
build_schedules(build_method) UPDATE to kiln_api
build_schedules(catchup_window_seconds) UPDATE to kiln_api
build_schedules(cron_expression) UPDATE to kiln_api
build_schedules(deleted_at) UPDATE to kiln_api
build_schedules(git_branch) UPDATE to kiln_api
build_schedules(git_url) UPDATE to kiln_api
build_schedules(is_active) UPDATE to kiln_api
build_schedules(jitter_seconds) UPDATE to kiln_api
build_schedules(last_triggered_at) UPDATE to kiln_api
build_schedules(next_trigger_at) UPDATE to kiln_api
build_schedules(overlap) UPDATE to kiln_api
build_schedules(pause_note) UPDATE to kiln_api
build_schedules(revision) UPDATE to kiln_api
build_schedules(schedule_name) UPDATE to kiln_api
build_schedules(timezone) UPDATE to kiln_api
build_schedules(updated_at) UPDATE to kiln_api
build_status_history INSERT, SELECT to kiln_api
build_status_history INSERT, SELECT to kiln_controller
build_status_moves() EXECUTE to PUBLIC
build_steps DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_steps INSERT, SELECT, UPDATE to kiln_api
build_test_reports DELETE, SELECT to kiln_controller
build_test_reports INSERT, SELECT to kiln_api
build_test_results DELETE, SELECT to kiln_controller
build_test_results INSERT, SELECT to kiln_api
build_triggers INSERT, SELECT to kiln_api
build_triggers INSERT, SELECT, UPDATE to kiln_controller
build_warnings DELETE, SELECT to kiln_controller
build_warnings INSERT, SELECT to kiln_api
build_workers DELETE, INSERT, SELECT, UPDATE to kiln_controller
build_workers SELECT to kiln_api
build_workers(concurrent_builds_limit) INSERT to kiln_api
build_workers(losses_count_from) UPDATE to kiln_api
build_workers(quarantine_reason) UPDATE to kiln_api
build_workers(quarantined_until) UPDATE to kiln_api
build_workers(removed_at) UPDATE to kiln_api
build_workers(scheduling) UPDATE to kiln_api
build_workers(status) UPDATE to kiln_api
build_workers(tenant_id) INSERT to kiln_api
build_workers(worker_name) INSERT to kiln_api
build_workers(worker_type) INSERT to kiln_api
builds INSERT, SELECT to kiln_api
builds INSERT, SELECT, UPDATE to kiln_controller
builds(author) UPDATE to kiln_api
builds(branch) UPDATE to kiln_api
builds(cancel_requested_at) UPDATE to kiln_api
builds(cancel_requested_by_user_id) UPDATE to kiln_api
builds(destinations) UPDATE to kiln_api
builds(dispatch_at) UPDATE to kiln_api
builds(git_commit) UPDATE to kiln_api
builds(held_at) UPDATE to kiln_api
builds(message) UPDATE to kiln_api
builds(needs) UPDATE to kiln_api
builds(publish_began_at) UPDATE to kiln_api
builds(queued_at) UPDATE to kiln_api
builds(superseded_by_build_id) UPDATE to kiln_api
cache_use_daily DELETE, INSERT, SELECT, UPDATE to kiln_controller
cache_use_daily SELECT to kiln_api
contents DELETE, INSERT, SELECT to kiln_api
contents INSERT, SELECT to kiln_controller
contents(last_needed_at) UPDATE to kiln_api
contents(last_needed_at) UPDATE to kiln_controller
contents(size_bytes) UPDATE to kiln_api
contents(size_bytes) UPDATE to kiln_controller
contents(stored_at) UPDATE to kiln_api
contents(stored_at) UPDATE to kiln_controller
control_plane_beats INSERT, SELECT, UPDATE to kiln_api
control_plane_beats SELECT to kiln_controller
credentials DELETE, INSERT, SELECT to kiln_api
credentials SELECT to kiln_controller
credentials(ciphertext) UPDATE to kiln_api
credentials(key_id) UPDATE to kiln_api
credentials(key_id) UPDATE to kiln_controller
credentials(known_hosts) UPDATE to kiln_api
credentials(updated_at) UPDATE to kiln_api
credentials(username) UPDATE to kiln_api
credentials(version) UPDATE to kiln_api
credentials(wrapped_key) UPDATE to kiln_api
credentials(wrapped_key) UPDATE to kiln_controller
current_tenant() EXECUTE to PUBLIC
drop_log_partition(date) EXECUTE to kiln_controller
ensure_log_partition(date) EXECUTE to kiln_api
ensure_log_partition(date) EXECUTE to kiln_controller
explored_layers INSERT, SELECT, UPDATE to kiln_controller
explored_layers SELECT to kiln_api
guard_build() EXECUTE to PUBLIC
guard_build_result() EXECUTE to PUBLIC
guard_gate() EXECUTE to PUBLIC
guard_lease() EXECUTE to PUBLIC
guard_what_if() EXECUTE to PUBLIC
guard_worker() EXECUTE to PUBLIC
idempotency_keys DELETE, INSERT, SELECT, UPDATE to kiln_controller
idempotency_keys INSERT, SELECT to kiln_api
image_explorations INSERT, SELECT, UPDATE to kiln_controller
image_explorations SELECT to kiln_api
image_findings DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_findings SELECT to kiln_api
image_layers INSERT, SELECT, UPDATE to kiln_controller
image_layers SELECT to kiln_api
image_metadata INSERT, SELECT, UPDATE to kiln_controller
image_metadata SELECT to kiln_api
image_package_lists DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_package_lists SELECT to kiln_api
image_packages DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_packages SELECT to kiln_api
image_platforms INSERT, SELECT to kiln_controller
image_platforms SELECT to kiln_api
image_prunes INSERT, SELECT to kiln_api
image_prunes INSERT, SELECT, UPDATE to kiln_controller
image_removals INSERT, SELECT, UPDATE to kiln_controller
image_removals SELECT to kiln_api
image_sboms DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_sboms SELECT to kiln_api
image_scans DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_scans SELECT to kiln_api
image_tags DELETE, INSERT, SELECT, UPDATE to kiln_controller
image_tags SELECT to kiln_api
images INSERT, SELECT, UPDATE to kiln_controller
images SELECT to kiln_api
installation SELECT to kiln_api
installation SELECT to kiln_controller
installation(scan_trouble) UPDATE to kiln_controller
installation(traces_wanted) UPDATE to kiln_controller
is_operator() EXECUTE to kiln_api
layer_explorations INSERT, SELECT, UPDATE to kiln_controller
layer_explorations SELECT to kiln_api
layer_usage INSERT, SELECT, UPDATE to kiln_controller
layer_usage SELECT to kiln_api
lease_tenant(uuid,uuid) EXECUTE to kiln_api
leases INSERT, SELECT, UPDATE to kiln_controller
leases SELECT to kiln_api
leases(acknowledged_at) UPDATE to kiln_api
leases(expires_at) UPDATE to kiln_api
leases(state) UPDATE to kiln_api
leases(token_sha256) UPDATE to kiln_api
lock_worker(uuid) EXECUTE to kiln_api
note_uncounted_attempt() EXECUTE to PUBLIC
note_uncounted_build() EXECUTE to PUBLIC
notification_deliveries DELETE, INSERT, SELECT to kiln_controller
notification_deliveries INSERT, SELECT to kiln_api
notification_deliveries(attempts) UPDATE to kiln_api
notification_deliveries(attempts) UPDATE to kiln_controller
notification_deliveries(claimed_until) UPDATE to kiln_api
notification_deliveries(claimed_until) UPDATE to kiln_controller
notification_deliveries(delivery_state) UPDATE to kiln_api
notification_deliveries(delivery_state) UPDATE to kiln_controller
notification_deliveries(error_message) UPDATE to kiln_api
notification_deliveries(error_message) UPDATE to kiln_controller
notification_deliveries(next_attempt_at) UPDATE to kiln_api
notification_deliveries(next_attempt_at) UPDATE to kiln_controller
notification_deliveries(replay_count) UPDATE to kiln_api
notification_deliveries(response_status) UPDATE to kiln_api
notification_deliveries(response_status) UPDATE to kiln_controller
notification_deliveries(settled_at) UPDATE to kiln_api
notification_deliveries(settled_at) UPDATE to kiln_controller
notification_targets DELETE, INSERT, SELECT to kiln_api
notification_targets SELECT to kiln_controller
notification_targets(ciphertext) UPDATE to kiln_api
notification_targets(disabled_at) UPDATE to kiln_api
notification_targets(disabled_at) UPDATE to kiln_controller
notification_targets(disabled_reason) UPDATE to kiln_api
notification_targets(disabled_reason) UPDATE to kiln_controller
notification_targets(events) UPDATE to kiln_api
notification_targets(git_host) UPDATE to kiln_api
notification_targets(is_active) UPDATE to kiln_api
notification_targets(is_active) UPDATE to kiln_controller
notification_targets(key_id) UPDATE to kiln_api
notification_targets(key_id) UPDATE to kiln_controller
notification_targets(target_name) UPDATE to kiln_api
notification_targets(updated_at) UPDATE to kiln_api
notification_targets(updated_at) UPDATE to kiln_controller
notification_targets(url) UPDATE to kiln_api
notification_targets(wrapped_key) UPDATE to kiln_api
notification_targets(wrapped_key) UPDATE to kiln_controller
notify_of_commit() EXECUTE to PUBLIC
notify_of_status() EXECUTE to PUBLIC
open_removals DELETE, INSERT, SELECT, UPDATE to kiln_controller
open_removals SELECT to kiln_api
other_tenants_load() EXECUTE to kiln_api
other_tenants_load() EXECUTE to kiln_controller
outbox DELETE, INSERT, SELECT to kiln_api
outbox DELETE, INSERT, SELECT, UPDATE to kiln_controller
owe_trace() EXECUTE to PUBLIC
owed_traces DELETE, INSERT, SELECT to kiln_controller
owed_traces(next_try_at) UPDATE to kiln_controller
owed_traces(tries) UPDATE to kiln_controller
project_performance_daily DELETE, INSERT, SELECT, UPDATE to kiln_controller
project_performance_daily SELECT to kiln_api
projects DELETE, INSERT, SELECT, UPDATE to kiln_controller
projects INSERT, SELECT to kiln_api
projects(badge_token_sha256) UPDATE to kiln_api
projects(base_image_watch) UPDATE to kiln_api
projects(defaults) UPDATE to kiln_api
projects(destinations) UPDATE to kiln_api
projects(gate) UPDATE to kiln_api
projects(image_repository) UPDATE to kiln_api
projects(last_build_number) UPDATE to kiln_api
projects(name) UPDATE to kiln_api
projects(retention) UPDATE to kiln_api
projects(trust) UPDATE to kiln_api
projects(trust_set_at) UPDATE to kiln_api
projects(trust_set_by_user_id) UPDATE to kiln_api
publications INSERT, SELECT, UPDATE to kiln_api
publications SELECT, UPDATE to kiln_controller
put_notifications(uuid,text,text,text,timestamp with time zone,boolean) EXECUTE to PUBLIC
refuse_change() EXECUTE to PUBLIC
removed_log_days INSERT, SELECT, UPDATE to kiln_controller
removed_log_days SELECT to kiln_api
resolve_api_token(bytea) EXECUTE to kiln_api
resolve_api_token(bytea) EXECUTE to kiln_controller
resolve_badge(bytea) EXECUTE to kiln_api
resolve_lease_token(bytea) EXECUTE to kiln_api
resolve_webhook(uuid) EXECUTE to kiln_api
resolve_worker_token(bytea) EXECUTE to kiln_api
schedule_ticks DELETE, INSERT, SELECT, UPDATE to kiln_controller
schedule_ticks INSERT, SELECT to kiln_api
schedule_ticks(ask_at) UPDATE to kiln_api
schedule_ticks(build_id) UPDATE to kiln_api
schedule_ticks(reason) UPDATE to kiln_api
schedule_ticks(settled_at) UPDATE to kiln_api
schedule_ticks(tick_kind) UPDATE to kiln_api
schedule_ticks(tick_status) UPDATE to kiln_api
secrets DELETE, INSERT, SELECT to kiln_api
secrets SELECT to kiln_controller
secrets(ciphertext) UPDATE to kiln_api
secrets(key_id) UPDATE to kiln_api
secrets(key_id) UPDATE to kiln_controller
secrets(updated_at) UPDATE to kiln_api
secrets(version) UPDATE to kiln_api
secrets(wrapped_key) UPDATE to kiln_api
secrets(wrapped_key) UPDATE to kiln_controller
set_tenant_weight(text,integer) EXECUTE to kiln_api
signing_keys INSERT, SELECT to kiln_controller
signing_keys SELECT to kiln_api
signing_keys(current_since) UPDATE to kiln_controller
tag_moves DELETE, INSERT, SELECT, UPDATE to kiln_controller
tag_moves SELECT to kiln_api
tenant_shares INSERT, SELECT, UPDATE to kiln_controller
tenant_shares SELECT to kiln_api
tenant_weights() EXECUTE to kiln_api
tenants DELETE, INSERT, SELECT, UPDATE to kiln_controller
tenants SELECT to kiln_api
tenants(time_zone) UPDATE to kiln_api
tenants_with_contents_before(timestamp with time zone) EXECUTE to kiln_api
uncounted_days DELETE, INSERT, SELECT, UPDATE to kiln_controller
uncounted_days SELECT to kiln_api
uncounted_spans DELETE, INSERT, SELECT, UPDATE to kiln_controller
uncounted_spans INSERT, SELECT to kiln_api
uploads DELETE, INSERT, SELECT, UPDATE to kiln_controller
uploads INSERT, SELECT to kiln_api
users DELETE, INSERT, SELECT, UPDATE to kiln_controller
users SELECT to kiln_api
watched_images DELETE, INSERT, SELECT, UPDATE to kiln_controller
watched_images SELECT to kiln_api
webhook_configs DELETE, INSERT, SELECT to kiln_api
webhook_configs SELECT to kiln_controller
webhook_configs(auto_build_enabled) UPDATE to kiln_api
webhook_configs(branch_patterns) UPDATE to kiln_api
webhook_configs(build_config_preset) UPDATE to kiln_api
webhook_configs(build_method) UPDATE to kiln_api
webhook_configs(ciphertext) UPDATE to kiln_api
webhook_configs(coalesce_seconds) UPDATE to kiln_api
webhook_configs(event_types) UPDATE to kiln_api
webhook_configs(is_active) UPDATE to kiln_api
webhook_configs(is_verified) UPDATE to kiln_api
webhook_configs(key_id) UPDATE to kiln_api
webhook_configs(key_id) UPDATE to kiln_controller
webhook_configs(last_refused_at) UPDATE to kiln_api
webhook_configs(last_refused_reason) UPDATE to kiln_api
webhook_configs(next_reconcile_at) UPDATE to kiln_api
webhook_configs(next_reconcile_at) UPDATE to kiln_controller
webhook_configs(path_patterns) UPDATE to kiln_api
webhook_configs(reconcile_number) UPDATE to kiln_api
webhook_configs(reconcile_number) UPDATE to kiln_controller
webhook_configs(reconcile_trouble) UPDATE to kiln_api
webhook_configs(reconcile_trouble) UPDATE to kiln_controller
webhook_configs(reconcile_trouble_at) UPDATE to kiln_api
webhook_configs(reconcile_trouble_at) UPDATE to kiln_controller
webhook_configs(reconciled_at) UPDATE to kiln_api
webhook_configs(reconciled_at) UPDATE to kiln_controller
webhook_configs(refused_count) UPDATE to kiln_api
webhook_configs(repository_url) UPDATE to kiln_api
webhook_configs(tag_patterns) UPDATE to kiln_api
webhook_configs(updated_at) UPDATE to kiln_api
webhook_configs(webhook_name) UPDATE to kiln_api
webhook_configs(wrapped_key) UPDATE to kiln_api
webhook_configs(wrapped_key) UPDATE to kiln_controller
webhook_deliveries DELETE, INSERT, SELECT to kiln_controller
webhook_deliveries INSERT, SELECT to kiln_api
webhook_deliveries(approved_at) UPDATE to kiln_api
webhook_deliveries(approved_by_user_id) UPDATE to kiln_api
webhook_deliveries(asked) UPDATE to kiln_api
webhook_deliveries(attempt_number) UPDATE to kiln_api
webhook_deliveries(attempt_number) UPDATE to kiln_controller
webhook_deliveries(build_count) UPDATE to kiln_api
webhook_deliveries(build_id) UPDATE to kiln_controller
webhook_deliveries(coalesced_into_id) UPDATE to kiln_api
webhook_deliveries(coalesced_into_id) UPDATE to kiln_controller
webhook_deliveries(delivery_status) UPDATE to kiln_api
webhook_deliveries(delivery_status) UPDATE to kiln_controller
webhook_deliveries(error_message) UPDATE to kiln_api
webhook_deliveries(error_message) UPDATE to kiln_controller
webhook_deliveries(next_retry_at) UPDATE to kiln_api
webhook_deliveries(next_retry_at) UPDATE to kiln_controller
webhook_deliveries(reason) UPDATE to kiln_api
webhook_deliveries(reason) UPDATE to kiln_controller
webhook_deliveries(rejected_at) UPDATE to kiln_api
webhook_deliveries(rejected_by_user_id) UPDATE to kiln_api
webhook_deliveries(replay_count) UPDATE to kiln_api
webhook_heads DELETE, INSERT, SELECT, UPDATE to kiln_controller
worker_heartbeat(uuid,jsonb,text,text[]) EXECUTE to kiln_api
worker_intervals DELETE, INSERT, SELECT, UPDATE to kiln_controller
worker_intervals SELECT to kiln_api
worker_is_degraded(uuid) EXECUTE to kiln_controller
worker_tokens DELETE, INSERT, SELECT, UPDATE to kiln_controller
worker_tokens(revoked_at) SELECT, UPDATE to kiln_api
worker_tokens(token_sha256) INSERT to kiln_api
worker_tokens(worker_id) INSERT, SELECT to kiln_api
worker_uptime_percent(uuid,timestamp with time zone) EXECUTE to kiln_api
worker_uptime_percent(uuid,timestamp with time zone) EXECUTE to kiln_controller

-- comments
attempts.log_sha256: Over the bytes of all chunks in order; NULL when output was lost, then log_note says what.
attempts.registries: host[:port], written once; NULL until the supervisor has read the source.
attestations.envelope_sha256: Of the envelope as registries have it; NULL of a signature, and of what was signed before this was kept.
attestations.signature: In base64.
attestations.statement: What was signed, byte for byte. NULL where it is made anew from what is kept elsewhere.
attestations: Written once, before it is sent to a registry: signing again gives other bytes. Provenance is a build's; the rest a digest's of a project.
base_image_moves.resumed_at: Failures before it do not stop the move again.
base_image_moves: Tags that point at another image than the builds that stand on them have recorded.
base_image_rebuilds.ask_at: A build that could not be accepted is asked for again then.
base_image_rebuilds.batch_id: Rows of one project that one build is for. Chosen before the build is accepted, under a key of it.
base_image_rebuilds.from_build_id: The build whose source is built again.
base_image_rebuilds.position: The first one that is not skipped is the canary.
base_image_rebuilds: The projects that a move is about. How far one is, its build says.
build_artifacts.artifact_location: contents/<sha256>, log/<build>/<attempt>, or the reference of an image.
build_artifacts.attempt: NULL: made after the build.
build_artifacts.build_id: NULL: of the image, whichever build made it.
build_artifacts.content_sha256: The content that is kept for this row.
build_artifacts: What builds and images have; of an attempt with its outcome. A row stays when its bytes have gone.
build_attestations: How far the provenance of a build that succeeded is: signed, and beside its image in every repository.
build_base_images.digest: NULL where neither builder nor registry could tell.
build_base_images.is_pinned: Whether the source names it by this digest, so that it does not move with its tag.
build_base_images: The images that a build was made from, and the digests that their names stood for. The image itself stands on the one that is_base says.
build_concurrency_policies: A limit that is NULL does not limit.
build_configs.build_file: Name of the build file; of a git source the path that was asked for, NULL for kiln.yaml.
build_configs.dockerfile: Path inside the context.
build_configs.dockerfile_inline: Content.
build_configs.gate: The gate of the project as it was when the build was accepted.
build_configs.git_depth: Commits of history that stay in the context; 0 for all, NULL for no .git at all.
build_configs.git_url: Never holds credentials.
build_configs.limits: Limits of the build with where each came from, as they were when it was accepted.
build_configs.resources: What was asked for: memory_bytes, cpu_milli, pids, network; the limits decide what is absent.
build_configs.resume_build_id: The build of the chain whose image lies in staging.
build_configs.secrets: References only.
build_configs.setting_layers: What request, build_file and project said; the other columns hold what came out of it.
build_configs.trust: That of the project when the build was accepted; nothing changes it.
build_configs.without_secrets: Its code comes from a stranger: it gets none of the secrets, and is untrusted whatever the project is.
build_gates.manifest_digest: The staged image that was judged: no other one may pass.
build_gates: One row for each build that came to a gate. A decision is made once.
build_limits.max_queued_wait_minutes: Of a project; that of the tenant is in build_concurrency_policies.
build_limits.project_id: NULL: for every project of the tenant that does not set the limit itself.
build_limits: A limit that is NULL is not set here.
build_logs.raw: The bytes, where log_content does not give them back.
build_metrics: Measured or NULL.
build_outcomes_daily.name: Of the branch, the method or the worker of the last attempt; empty: of no branch.
build_outcomes_daily.project_id: NULL: of all projects together.
build_performance_daily.date: The day in the zone of the tenant on which its builds were accepted.
build_performance_daily.duration_milliseconds: Sum, from which averages over several days are made.
build_performance_daily.failures: Failed builds by failure_code.
build_performance_daily.measured_builds: Builds whose durations are in duration_milliseconds.
build_performance_daily.queue_waits: Builds by their wait in whole seconds, from which medians over several days are made.
build_results.original_build_id: The first build of the chain.
build_results.retry_of_build_id: The build of the chain before this one.
build_retentions.keep_builds: So many of the newest builds of each branch stay.
build_retentions.log_days: Logs of builds that were accepted earlier go.
build_retentions.older_than_days: Builds that ended later stay.
build_retentions.project_id: NULL: for every project of the tenant that does not set the rule itself.
build_retentions: A rule that is NULL is not set here. Where no rule is set nothing goes.
build_schedules.deleted_at: Since when it is removed: the row goes once its Temporal Schedule is gone.
build_schedules.next_trigger_at: The first time that no tick accounts for yet; NULL while it is paused.
build_schedules.synced_revision: The revision that the Temporal Schedule has; another one is brought into step. Negative where Temporal has refused it.
build_schedules.trouble: Why it could not be brought into step.
build_test_reports: Written once, with the outcome of the attempt. Counts are of all cases, also of those that are not kept.
build_test_results: Cases of a report, failures first, then skipped ones. Names are empty where the report has none.
build_triggers.requested_at: When the api had the request for the build; NULL where no request asked for it.
build_triggers.traceparent: The W3C trace context of that request; NULL without one, or with one that nobody records.
build_warnings: Written once, with the outcome of the attempt.
build_workers.accepted_holes: Known holes of its tools that its operator takes for mended.
build_workers.host_id: The one host that speaks by the token: made by its supervisor, kept in its state folder.
build_workers.is_draining: The host itself takes no new build: it is being stopped.
build_workers.is_worker_away: The supervisor of the host is there, but its worker process is not.
build_workers.losses_count_from: Somebody has looked into the losses before it.
build_workers.platforms: Of programs that the machine runs itself.
build_workers.status_reasons: Why the status was neither healthy nor busy when it was written.
build_workers.tenant_id: NULL: shared by all tenants.
build_workers.uptime_percent: As of the last heartbeat or change of the status; worker_uptime_percent() tells it for any time.
builds.build_day: UTC day of acceptance; partition key of the log.
builds.dispatch_at: Acceptance time moved ahead by priority: the order within a queue.
builds.held_at: Since when its gate holds the build: it gets no lease before this is NULL again.
builds.image_repository: That of the project when the build was accepted.
builds.not_before: A queued build gets no lease before this time: the back-off after a fault.
builds.publish_began_at: Committed before the first manifest of the image is sent to any destination. A cancel that came before it keeps every manifest from being sent.
builds.removed_at: Since when retention has left only the record: no steps, log, artifacts, metrics, warnings and tests.
builds.removed_cache_use: steps, cached_steps, total_layers and reused_layers, as cache_use_daily counts them, from before its steps and metrics were removed.
builds.staging_kept_until: Until when the image that the build left in staging is kept for a retry; NULL when none is.
builds.start_error_milliseconds: How much later than expected it started.
builds.start_expected_at: When it was expected to start, as it seemed when it began to wait; NULL where it did not have to.
builds.superseded_by_build_id: The newer build of its branch that had it cancelled when a limit was reached.
builds.tags_began_at: Committed before the first tag is moved. A cancel that comes after it stops no tag.
builds.tags_moved: Destinations whose tag this build has moved.
builds.what_if: Of a what-if: the changes, {} for the same once more; NULL for any other build. A what-if is never published.
builds.what_if_of_build_id: Of a what-if: the build that it is compared with.
cache_use_daily.layers: Layers of the images that were built; reused_layers are those that an earlier build of the tenant had.
cache_use_daily.steps: Instructions that succeeded, of builds that have ended.
contents.stored_at: NULL: named by a list, but the bytes are not here (yet, or any more).
control_plane_beats: One row: since when some api has answered without a gap. Leases expire only by such time.
credentials.host: host[:port] in lower case; the credential is sent to no other.
explored_layers.wasted_bytes: Of the files of this layer, those that a later one replaces or removes.
explored_layers: What each layer does to the layers below it, in one image.
image_explorations.failure_reason: Of a pending one: why its last try came to nothing; another one follows.
image_explorations.is_retryable: The image could not be fetched: a later build of it tries again.
image_explorations.wasted_bytes: Bytes of files that a later layer replaces or removes.
image_findings: What the newest scan of a manifest has found, the worst first.
image_layers: used_in_builds_count and last_used_in_build_at live in layer_usage.
image_metadata.docker_config_digest: NULL of an index: each of its images has a config of its own.
image_package_lists: Manifests whose packages are known: by the package databases in their layers, until a bill of materials says more.
image_packages.listed_at: When the packages of the manifest were written down.
image_packages.name_key: What the name is looked for by.
image_packages.source_name: What the package was built from where that has another name, such as openssl of libssl3.
image_platforms: The images that an index names, in its order. An image for one platform has no rows here.
image_prunes.kept: What the policy would remove and the registry shows to be in use.
image_prunes.troubles: Repositories that could not be worked on, with why.
image_removals: From which repositories an image was removed; void for an image that was published after that.
image_sboms.cyclonedx_sha256: The document is a content that an artifact of an image or a build keeps; so is that in SPDX.
image_sboms.note: What was left out of the list of packages, in words.
image_sboms: The bill of materials of a manifest, made once; one that could not be made has a reason, and the next build of the image tries again.
image_scans: The newest scan of a manifest that came to an end, and why the newest try did not, if so. What the scanner printed is an artifact.
image_tags: Where each tag was last pointed; image_id is set when that build is recorded.
images.deleted_at: Since when no repository of the project has it any more; NULL again when a build publishes it anew.
installation.scan_trouble: Why no image can be scanned, as the controller has found last; NULL: it can, or nobody has looked.
installation.traces_wanted: Whether the controller that was started last sends traces.
installation: One row: who this Kiln is in provenance, unless its operator has said so.
layer_explorations.file_list: One line for each entry, compressed with gzip.
layer_explorations.note: What was left out of the list, in words; NULL when it is whole.
layer_explorations: The entries of a layer, written once. A layer that cannot be read has a reason and no list.
notification_deliveries.claimed_until: Until then somebody may be sending it.
notification_deliveries.id: The webhook-id: the same however often it is sent.
notification_deliveries.next_attempt_at: When it is sent, or sent again; who takes it moves this ahead, which is its claim.
notification_deliveries.payload: The body, byte by byte as it is signed.
notification_deliveries.subject: What the receiver keeps one state of: of several deliveries about it the newest counts, and one is on its way at a time.
notification_targets.ciphertext: The secrets of the signatures, or the token of the git host, sealed.
notification_targets.disabled_reason: Why Kiln itself has switched it off.
notification_targets.git_host: Host of the sources whose commits get a status.
notification_targets.project_id: Whose builds; NULL for those of all projects.
notification_targets.url: Where webhooks are sent; of a git host the base of its API.
open_removals.sent_at: When the removal began, then when it was given up; ten minutes later it counts no more.
open_removals: Removals that may still be carried out. Committed before the registry is asked, taken back once it has answered. Of no tenant: several may publish to one repository.
outbox.due_at: When to send next; a relay that takes a row moves it ahead, which is its claim.
owed_traces.next_try_at: When it is sent, or sent again; who takes it moves this ahead, which is its claim.
owed_traces: Builds whose traces were not sent yet; a row goes when its trace has arrived or was given up.
project_performance_daily: The part of each project in build_performance_daily, with its own peak.
projects.badge_token_sha256: Of the token in the address of the badge; NULL while it has none.
projects.base_image_watch: NULL where nothing is watched.
projects.defaults: What builds use where neither request nor build file says otherwise; the fields of a build file.
projects.destinations: repository:tag, or a repository that gets <build_number> and latest; empty means image_repository.
projects.gate: What an image has to pass before it is published; NULL lets every image pass.
projects.retention: Which published images are removed; NULL removes none.
projects.trust_set_at: NULL: nobody has set it.
publications.began_at: Committed before the first manifest is sent to this repository; null: none was.
publications.not_served_at: When the registry last said that it does not serve the manifest, after the end of a build that came to nothing.
publications.open_uploads: Digest, path at the registry and bytes sent of each; empty once the copy is over. A path leads nowhere without the credentials of the registry.
publications.removed_at: When the manifest, which no tag came to name, was last removed again.
publications.tidy_due_at: From when on it is looked at next; null: not before staging is emptied.
publications.tidy_trouble: Why the last look came to nothing, and what to do about it.
publications.was_there: Whether the repository served the manifest before that: what was there is never removed.
publications: Counts are of the try; what earlier tries sent is added up in uploaded_before and sent_before.
removed_log_days.deleted_at: When the last of their rows was gone; NULL while they are being deleted.
removed_log_days.log_days: The rule that they went by.
removed_log_days: Days of a project whose logs are not given any more.
schedule_ticks.ask_at: When the controller asks for it (again), as long as it is not settled.
schedule_ticks.waited: It has waited for an earlier build, so it may be late.
schedule_ticks: What became of each time of a schedule; one build at most for each.
secrets.project_id: NULL: for every project of the tenant; a secret of the project itself comes before it.
secrets.wrapped_key: The data key of this value, encrypted by the master key of key_id.
signing_keys.current_since: Since when a controller signs by it; the newest one is current.
signing_keys.first_used_at: Since when this Kiln knows it.
signing_keys: Public keys, never removed: what they have signed can be verified after they were replaced.
tag_moves.finding: Of the last look, so that one which finds the same is not told again.
tag_moves.manifest_digest: What the tag was to name; null where it was to be removed.
tenant_shares: Slot time of leases that have ended, as it counts at as_of: it halves every ten minutes.
tenants.time_zone: IANA name: whose midnights part the days of build_performance_daily.
uncounted_days: The days of those spans in the zone of the tenant; who counts one takes its row away in the same transaction.
uncounted_spans: Spans of time in which something of a build has changed since the days were counted; written with the change.
uploads.sha256: Of the list, which is a content itself.
uploads.size_bytes: Of all files as they lie unpacked.
watched_images.digest: NULL as long as the registry has told none.
watched_images.not_before: Until when the registry has asked to be left alone.
watched_images.trouble: Why the last look told nothing.
watched_images: What registries have said last of the tags that watched projects stand on. Which these are, follows from the records of builds.
webhook_configs.ciphertext: The secret of the signatures, sealed.
webhook_configs.next_reconcile_at: When the heads of its repository are read next.
webhook_configs.reconcile_number: Counts the readings that were begun: the fence of what one of them has found.
webhook_configs.reconcile_trouble: Why the last reading came to nothing.
webhook_configs.reconciled_at: When the last reading began that has come to its end; NULL as long as the next one only records heads.
webhook_configs.refused_count: Requests that its secret has not signed: they are counted and not kept, since anybody can send them.
webhook_configs.webhook_url: Path of the address that the git host calls.
webhook_deliveries.asked: What it asks to be built; NULL where it starts nothing.
webhook_deliveries.build_count: How many builds were asked of it: one, unless a replay wanted another.
webhook_deliveries.delivery_id: How the git host calls it: the same however often it is sent.
webhook_deliveries.error_message: Why the last try made no build.
webhook_deliveries.heads_read_at: When the reading began that has found it; NULL of what a git host has sent.
webhook_deliveries.next_retry_at: When the controller makes a build of it, or tries that again.
webhook_deliveries.payload: The body as it came.
webhook_deliveries.reason: Why there is no build, or not yet.
webhook_deliveries.told_ref: The branch or tag that it says has moved; NULL where it says nothing of one.
webhook_deliveries.told_sha: The commit that the ref is at since then; zeros where it is gone.
webhook_heads.seen_at: When the reading began that has found the ref at this commit, or there again.
webhook_heads: Branches and tags as they were read. Deliveries write nothing here, so that none of them waits for another one of its ref.
worker_intervals.state: up: healthy or busy; which of them its leases tell.
