DELETE FROM outbox WHERE message ->> 'kind' = 'explore_image';
ALTER TABLE outbox DROP CONSTRAINT outbox_message_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_message_check
  CHECK (message ->> 'kind' IN ('start_build', 'cancel_build', 'lease_granted'));
ALTER TABLE image_layers DROP base_image_digest;
DROP TABLE build_base_images;
DROP TABLE explored_layers;
DROP TABLE image_explorations;
DROP TABLE layer_explorations;
