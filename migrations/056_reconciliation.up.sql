-- Reconciliation: the heads of a repository are read from time to time, and what no delivery has told of is built.

ALTER TABLE webhook_configs
  ADD next_reconcile_at timestamptz(3) NOT NULL DEFAULT now(),
  ADD reconcile_number int NOT NULL DEFAULT 0 CHECK (reconcile_number >= 0),
  ADD reconciled_at timestamptz(3),
  ADD reconcile_trouble text,
  ADD reconcile_trouble_at timestamptz(3),
  ADD CONSTRAINT webhook_configs_reconcile_trouble CHECK ((reconcile_trouble IS NULL) = (reconcile_trouble_at IS NULL));
COMMENT ON COLUMN webhook_configs.next_reconcile_at IS 'When the heads of its repository are read next.';
COMMENT ON COLUMN webhook_configs.reconcile_number IS 'Counts the readings that were begun: the fence of what one of them has found.';
COMMENT ON COLUMN webhook_configs.reconciled_at IS 'When the last reading began that has come to its end; NULL as long as the next one only records heads.';
COMMENT ON COLUMN webhook_configs.reconcile_trouble IS 'Why the last reading came to nothing.';
CREATE INDEX webhook_configs_reconcile ON webhook_configs (next_reconcile_at) WHERE is_active;

CREATE TABLE webhook_heads (
  tenant_id uuid NOT NULL,
  webhook_config_id uuid NOT NULL,
  ref text NOT NULL,
  sha varchar(64) NOT NULL,
  seen_at timestamptz(3) NOT NULL,
  PRIMARY KEY (webhook_config_id, ref),
  FOREIGN KEY (tenant_id, webhook_config_id) REFERENCES webhook_configs (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE webhook_heads IS 'Branches and tags as they were read. Deliveries write nothing here, so that none of them waits for another one of its ref.';
COMMENT ON COLUMN webhook_heads.seen_at IS 'When the reading began that has found the ref at this commit, or there again.';
CALL protect_tenant_table('webhook_heads');

ALTER TABLE webhook_deliveries
  ADD told_ref text,
  ADD told_sha text,
  ADD heads_read_at timestamptz(3),
  ALTER response_status DROP NOT NULL,
  ADD CONSTRAINT webhook_deliveries_told CHECK ((told_ref IS NULL) = (told_sha IS NULL)),
  ADD CONSTRAINT webhook_deliveries_found CHECK ((heads_read_at IS NULL) = (response_status IS NOT NULL)),
  ADD CONSTRAINT webhook_deliveries_found_head CHECK (heads_read_at IS NULL OR told_ref IS NOT NULL);
COMMENT ON COLUMN webhook_deliveries.told_ref IS 'The branch or tag that it says has moved; NULL where it says nothing of one.';
COMMENT ON COLUMN webhook_deliveries.told_sha IS 'The commit that the ref is at since then; zeros where it is gone.';
COMMENT ON COLUMN webhook_deliveries.heads_read_at IS 'When the reading began that has found it; NULL of what a git host has sent.';
CREATE INDEX webhook_deliveries_found ON webhook_deliveries (webhook_config_id, told_ref, told_sha) WHERE heads_read_at IS NOT NULL;

GRANT UPDATE (next_reconcile_at, reconcile_number, reconciled_at, reconcile_trouble, reconcile_trouble_at)
  ON webhook_configs TO kiln_api, kiln_controller;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_heads TO kiln_controller;
GRANT INSERT, UPDATE (coalesced_into_id) ON webhook_deliveries TO kiln_controller;
