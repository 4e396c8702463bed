DELETE FROM webhook_deliveries WHERE heads_read_at IS NOT NULL;
REVOKE INSERT, UPDATE (coalesced_into_id) ON webhook_deliveries FROM kiln_controller;
DROP INDEX webhook_deliveries_found;
ALTER TABLE webhook_deliveries DROP told_ref, DROP told_sha, DROP heads_read_at, ALTER response_status SET NOT NULL;
DROP TABLE webhook_heads;
REVOKE UPDATE (next_reconcile_at, reconcile_number, reconciled_at, reconcile_trouble, reconcile_trouble_at)
  ON webhook_configs FROM kiln_api, kiln_controller;
ALTER TABLE webhook_configs DROP next_reconcile_at, DROP reconcile_number, DROP reconciled_at, DROP reconcile_trouble,
  DROP reconcile_trouble_at;
