-- What a repair of a tag sends is a move too: a removal that is held on its way may land after a later build has moved the tag.
ALTER TABLE tag_moves ALTER manifest_digest DROP NOT NULL,
  ADD finding varchar(20) CHECK (finding IN ('right', 'put_back', 'removed', 'stuck', 'moved_elsewhere', 'absent', 'under_way'));
COMMENT ON COLUMN tag_moves.manifest_digest IS 'What the tag was to name; null where it was to be removed.';
COMMENT ON COLUMN tag_moves.finding IS 'Of the last look, so that one which finds the same is not told again.';
