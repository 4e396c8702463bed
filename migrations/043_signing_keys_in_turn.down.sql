REVOKE UPDATE (current_since) ON signing_keys FROM kiln_controller;
COMMENT ON COLUMN signing_keys.first_used_at IS NULL;
ALTER TABLE signing_keys DROP current_since;

ALTER TABLE attestations NO FORCE ROW LEVEL SECURITY;
DELETE FROM attestations a USING attestations b
  WHERE a.kind <> 'provenance' AND a.kind = b.kind AND a.project_id = b.project_id AND a.subject_digest = b.subject_digest
    AND a.statement_sha256 = b.statement_sha256 AND (a.signed_at, a.id) > (b.signed_at, b.id);
ALTER TABLE attestations FORCE ROW LEVEL SECURITY;
DROP INDEX attestations_of_image;
CREATE UNIQUE INDEX attestations_of_image ON attestations (project_id, subject_digest, kind, statement_sha256) WHERE kind <> 'provenance';
