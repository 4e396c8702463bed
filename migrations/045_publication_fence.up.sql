-- Publication begins with a row: committed under the build's fence before the first manifest is sent, refused once a cancel was asked for.

ALTER TABLE builds ADD tags_began_at timestamptz(3);
COMMENT ON COLUMN builds.publish_began_at IS 'Committed before the first manifest of the image is sent to any destination. A cancel that came before it keeps every manifest from being sent.';
COMMENT ON COLUMN builds.tags_began_at IS 'Committed before the first tag is moved. A cancel that comes after it stops no tag.';
UPDATE builds SET tags_began_at = publish_began_at WHERE publish_began_at IS NOT NULL;
GRANT UPDATE (publish_began_at) ON builds TO kiln_api;

ALTER TABLE publications
  ADD began_at timestamptz(3),
  ADD was_there boolean NOT NULL DEFAULT true,
  ADD removed_at timestamptz(3);
COMMENT ON COLUMN publications.began_at IS 'Committed before the first manifest is sent to this repository; null: none was.';
COMMENT ON COLUMN publications.was_there IS 'Whether the repository served the manifest before that: what was there is never removed.';
COMMENT ON COLUMN publications.removed_at IS 'When the manifest, which no tag came to name, was removed again.';
