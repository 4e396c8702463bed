-- Each try of a move begins it anew: what counts is how long ago the last one may have sent the tag.
ALTER TABLE tag_moves RENAME began_at TO last_tried_at;
