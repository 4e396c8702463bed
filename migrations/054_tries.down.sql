UPDATE image_explorations SET failure_reason = NULL WHERE state = 'pending';
COMMENT ON COLUMN image_explorations.failure_reason IS NULL;
ALTER TABLE image_explorations DROP CONSTRAINT image_explorations_reason,
  ADD CONSTRAINT image_explorations_check2 CHECK ((state = 'failed') = (failure_reason IS NOT NULL));
ALTER TABLE tag_moves RENAME last_tried_at TO began_at;
