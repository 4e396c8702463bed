DELETE FROM outbox WHERE message ->> 'kind' = 'attest_build';
ALTER TABLE outbox DROP CONSTRAINT outbox_message_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_message_check
  CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted', 'explore_image', 'gate_decided'));
DROP TABLE attestations, build_attestations, signing_keys, installation;
