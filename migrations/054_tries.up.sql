-- Each try of a move begins it anew: what counts is how long ago the last one may have sent the tag.
ALTER TABLE tag_moves RENAME began_at TO last_tried_at;

-- An exploration that is tried again says why the last try came to nothing.
ALTER TABLE image_explorations DROP CONSTRAINT image_explorations_check2,
  ADD CONSTRAINT image_explorations_reason CHECK (CASE state WHEN 'explored' THEN failure_reason IS NULL
    WHEN 'failed' THEN failure_reason IS NOT NULL ELSE true END);
COMMENT ON COLUMN image_explorations.failure_reason IS 'Of a pending one: why its last try came to nothing; another one follows.';
