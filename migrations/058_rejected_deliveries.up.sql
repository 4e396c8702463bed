-- Code from another repository may be turned away as well as approved: who, and when.
ALTER TABLE webhook_deliveries ADD rejected_by_user_id uuid, ADD rejected_at timestamptz(3),
  ADD FOREIGN KEY (tenant_id, rejected_by_user_id) REFERENCES users (tenant_id, id),
  DROP CONSTRAINT webhook_deliveries_delivery_status_check,
  ADD CONSTRAINT webhook_deliveries_delivery_status_check CHECK (delivery_status IN
    ('pending', 'awaiting_approval', 'started', 'coalesced', 'ignored', 'refused', 'rejected', 'failed')),
  DROP CONSTRAINT webhook_deliveries_asked_to_start,
  ADD CONSTRAINT webhook_deliveries_asked_to_start
    CHECK (delivery_status NOT IN ('pending', 'awaiting_approval', 'started', 'coalesced', 'rejected') OR asked IS NOT NULL),
  DROP CONSTRAINT webhook_deliveries_reason,
  ADD CONSTRAINT webhook_deliveries_reason
    CHECK (delivery_status NOT IN ('awaiting_approval', 'coalesced', 'ignored', 'refused', 'rejected', 'failed') OR reason IS NOT NULL),
  ADD CONSTRAINT webhook_deliveries_rejected_once CHECK ((delivery_status = 'rejected') = (rejected_at IS NOT NULL)),
  ADD CONSTRAINT webhook_deliveries_one_decision CHECK (approved_at IS NULL OR rejected_at IS NULL);

GRANT UPDATE (rejected_by_user_id, rejected_at) ON webhook_deliveries TO kiln_api;
