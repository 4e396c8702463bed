ALTER TABLE build_configs DROP without_secrets;
DROP TABLE webhook_deliveries;
DROP FUNCTION resolve_webhook(uuid);
DROP TABLE webhook_configs;
