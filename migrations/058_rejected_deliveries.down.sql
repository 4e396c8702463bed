REVOKE UPDATE (rejected_by_user_id, rejected_at) ON webhook_deliveries FROM kiln_api;
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_one_decision, DROP CONSTRAINT webhook_deliveries_rejected_once,
  DROP CONSTRAINT webhook_deliveries_delivery_status_check, DROP CONSTRAINT webhook_deliveries_asked_to_start,
  DROP CONSTRAINT webhook_deliveries_reason, DROP rejected_at, DROP rejected_by_user_id;
UPDATE webhook_deliveries SET delivery_status = 'awaiting_approval' WHERE delivery_status = 'rejected';
ALTER TABLE webhook_deliveries
  ADD CONSTRAINT webhook_deliveries_delivery_status_check CHECK (delivery_status IN
    ('pending', 'awaiting_approval', 'started', 'coalesced', 'ignored', 'refused', 'failed')),
  ADD CONSTRAINT webhook_deliveries_asked_to_start
    CHECK (delivery_status NOT IN ('pending', 'awaiting_approval', 'started', 'coalesced') OR asked IS NOT NULL),
  ADD CONSTRAINT webhook_deliveries_reason
    CHECK (delivery_status NOT IN ('awaiting_approval', 'coalesced', 'ignored', 'refused', 'failed') OR reason IS NOT NULL);
