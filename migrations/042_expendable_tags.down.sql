ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
UPDATE projects SET retention = retention - 'expendable_tags' WHERE retention IS NOT NULL;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
