-- Where the builds of a project go unless a request or a build file says otherwise, and where a build's own image lies.

ALTER TABLE projects ADD destinations jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(destinations) = 'array');
COMMENT ON COLUMN projects.destinations IS 'repository:tag, or a repository that gets <build_number> and latest; empty means image_repository.';
GRANT UPDATE (destinations) ON projects TO kiln_api;

-- The project's repository may change while a build runs: its staging is found by what stands here. The owner sees all rows for the moment.
ALTER TABLE builds ADD image_repository varchar(512);
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
ALTER TABLE builds NO FORCE ROW LEVEL SECURITY;
UPDATE builds b SET image_repository = p.image_repository FROM projects p WHERE p.id = b.project_id;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
ALTER TABLE builds FORCE ROW LEVEL SECURITY;
ALTER TABLE builds ALTER image_repository SET NOT NULL;
COMMENT ON COLUMN builds.image_repository IS 'That of the project when the build was accepted.';
