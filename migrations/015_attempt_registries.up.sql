-- Which registries the source of an attempt names, as its supervisor found them before anything of the source ran. The api gives the
-- credentials of these and of the build's own repositories and caches, and of no others.

ALTER TABLE attempts ADD registries jsonb CHECK (jsonb_typeof(registries) = 'array');
COMMENT ON COLUMN attempts.registries IS 'host[:port], written once; NULL until the supervisor has read the source.';
GRANT UPDATE (registries) ON attempts TO kiln_api;
