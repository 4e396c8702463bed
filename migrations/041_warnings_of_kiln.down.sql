DELETE FROM build_warnings WHERE found_by = 'kiln';
ALTER TABLE build_warnings DROP CONSTRAINT build_warnings_found_by_check;
ALTER TABLE build_warnings ADD CONSTRAINT build_warnings_found_by_check CHECK (found_by IN ('hadolint', 'buildkit', 'tests'));
