-- A manifest that a proxy or a registry holds up may arrive after it was found absent: it is looked for again, and the record says what is known.
ALTER TABLE publications
  ADD not_served_at timestamptz(3),
  ADD tidy_due_at timestamptz(3),
  ADD tidy_trouble text;
COMMENT ON COLUMN publications.removed_at IS 'When the manifest, which no tag came to name, was last removed again.';
COMMENT ON COLUMN publications.not_served_at IS 'When the registry last said that it does not serve the manifest, after the end of a build that came to nothing.';
COMMENT ON COLUMN publications.tidy_due_at IS 'From when on it is looked at next; null: not before staging is emptied.';
COMMENT ON COLUMN publications.tidy_trouble IS 'Why the last look came to nothing, and what to do about it.';

-- What earlier tries have brought a later one counts no more: not as there before either.
ALTER TABLE publications NO FORCE ROW LEVEL SECURITY;
UPDATE publications SET
  existing_blobs = greatest(0, existing_blobs - uploaded_before),
  spared_bytes = greatest(0, least(spared_bytes, total_bytes - sent_before));
ALTER TABLE publications FORCE ROW LEVEL SECURITY;

-- 0: a copy that begins again, since its repository has lost the image.
ALTER TABLE publications
  DROP CONSTRAINT publications_try_number_check,
  ADD CONSTRAINT publications_try_number_check CHECK (try_number >= 0);

CREATE INDEX publications_tidy_due ON publications (tidy_due_at) WHERE tidy_due_at IS NOT NULL;
