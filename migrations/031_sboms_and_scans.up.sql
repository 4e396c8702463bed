-- What is installed in images, their bills of materials, and what scanners find in them: once for each (tenant, manifest digest), as the
-- layers are. A staged image may have all of it before a build has recorded it.

CREATE TABLE image_package_lists (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  manifest_digest varchar(100) NOT NULL,
  found_by varchar(10) NOT NULL CHECK (found_by IN ('layers', 'sbom')),
  packages_count int NOT NULL CHECK (packages_count >= 0),
  PRIMARY KEY (tenant_id, manifest_digest)
);
COMMENT ON TABLE image_package_lists IS 'Manifests whose packages are known: by the package databases in their layers, until a bill of materials says more.';
CALL protect_tenant_table('image_package_lists');

CREATE TABLE image_packages (
  tenant_id uuid NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  position int NOT NULL CHECK (position >= 1),
  package_name varchar(300) NOT NULL,
  package_version varchar(200) NOT NULL,
  package_type varchar(50) NOT NULL,
  source_name varchar(300),
  purl text,
  PRIMARY KEY (tenant_id, manifest_digest, position),
  FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_package_lists (tenant_id, manifest_digest) ON DELETE CASCADE
);
COMMENT ON COLUMN image_packages.source_name IS 'What the package was built from where that has another name, such as openssl of libssl3.';
CREATE INDEX image_packages_name ON image_packages (tenant_id, package_name varchar_pattern_ops);
CREATE INDEX image_packages_source ON image_packages (tenant_id, source_name varchar_pattern_ops) WHERE source_name IS NOT NULL;
CALL protect_tenant_table('image_packages');

-- Row-level security would hide the rows of all tenants from their owner.
ALTER TABLE image_explorations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE image_package_lists NO FORCE ROW LEVEL SECURITY;
ALTER TABLE image_packages NO FORCE ROW LEVEL SECURITY;
INSERT INTO image_package_lists (tenant_id, manifest_digest, found_by, packages_count)
  SELECT tenant_id, manifest_digest, 'layers', jsonb_array_length(packages)
  FROM image_explorations WHERE jsonb_typeof(packages) = 'array';
INSERT INTO image_packages (tenant_id, manifest_digest, position, package_name, package_version, package_type)
  SELECT e.tenant_id, e.manifest_digest, p.position, left(p.package ->> 0, 300), left(p.package ->> 1, 200), 'unknown'
  FROM image_explorations e CROSS JOIN LATERAL jsonb_array_elements(e.packages) WITH ORDINALITY p (package, position)
  WHERE jsonb_typeof(e.packages) = 'array';
ALTER TABLE image_explorations DROP packages;
ALTER TABLE image_packages FORCE ROW LEVEL SECURITY;
ALTER TABLE image_package_lists FORCE ROW LEVEL SECURITY;
ALTER TABLE image_explorations FORCE ROW LEVEL SECURITY;

CREATE TABLE image_sboms (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  manifest_digest varchar(100) NOT NULL,
  failure_reason text,
  tool varchar(100),
  note text,
  cyclonedx_sha256 char(64) CHECK (cyclonedx_sha256 ~ '^[0-9a-f]{64}$'),
  cyclonedx_size_bytes bigint CHECK (cyclonedx_size_bytes >= 0),
  spdx_sha256 char(64) CHECK (spdx_sha256 ~ '^[0-9a-f]{64}$'),
  spdx_size_bytes bigint CHECK (spdx_size_bytes >= 0),
  ended_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant_id, manifest_digest),
  CHECK ((failure_reason IS NULL) = (tool IS NOT NULL AND cyclonedx_sha256 IS NOT NULL AND cyclonedx_size_bytes IS NOT NULL
    AND spdx_sha256 IS NOT NULL AND spdx_size_bytes IS NOT NULL))
);
COMMENT ON TABLE image_sboms IS 'The bill of materials of a manifest, made once; one that could not be made has a reason, and the next build of the image tries again.';
COMMENT ON COLUMN image_sboms.cyclonedx_sha256 IS 'The document is a content that an artifact of an image or a build keeps; so is that in SPDX.';
COMMENT ON COLUMN image_sboms.note IS 'What was left out of the list of packages, in words.';
CALL protect_tenant_table('image_sboms');

CREATE TABLE image_scans (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  manifest_digest varchar(100) NOT NULL,
  tried_at timestamptz(3) NOT NULL,
  failure_reason text,
  scanned_at timestamptz(3),
  tool varchar(100),
  database_version varchar(200),
  database_built_at timestamptz(3),
  PRIMARY KEY (tenant_id, manifest_digest),
  CHECK ((scanned_at IS NULL) = (tool IS NULL)),
  CHECK (scanned_at IS NOT NULL OR failure_reason IS NOT NULL)
);
COMMENT ON TABLE image_scans IS 'The newest scan of a manifest that came to an end, and why the newest try did not, if so. What the scanner printed is an artifact.';
CALL protect_tenant_table('image_scans');

CREATE TABLE image_findings (
  tenant_id uuid NOT NULL,
  manifest_digest varchar(100) NOT NULL,
  position int NOT NULL CHECK (position >= 1),
  vulnerability_id varchar(100) NOT NULL,
  severity varchar(10) NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'negligible', 'unknown')),
  package_name varchar(300) NOT NULL,
  package_version varchar(200) NOT NULL,
  package_type varchar(50) NOT NULL,
  fixed_version varchar(500),
  link text,
  PRIMARY KEY (tenant_id, manifest_digest, position),
  FOREIGN KEY (tenant_id, manifest_digest) REFERENCES image_scans (tenant_id, manifest_digest) ON DELETE CASCADE
);
COMMENT ON TABLE image_findings IS 'What the newest scan of a manifest has found, the worst first.';
CALL protect_tenant_table('image_findings');

ALTER TABLE image_metadata ADD vulnerabilities_critical int;

GRANT SELECT ON image_package_lists, image_packages, image_sboms, image_scans, image_findings TO kiln_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON image_package_lists, image_packages, image_sboms, image_scans, image_findings TO kiln_controller;

-- Gates that judge what a scan finds.
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
ALTER TABLE build_configs NO FORCE ROW LEVEL SECURITY;
UPDATE projects SET gate = '{"fail_on_severity": null, "hold_on_severity": null}' || gate WHERE gate IS NOT NULL;
UPDATE build_configs SET gate = '{"fail_on_severity": null, "hold_on_severity": null}' || gate WHERE gate IS NOT NULL;
ALTER TABLE build_configs FORCE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
ALTER TABLE build_gates
  ADD refusal_code varchar(50),
  DROP CONSTRAINT build_gates_gate_status_check,
  DROP CONSTRAINT build_gates_expiry_unless_passed,
  ADD CONSTRAINT build_gates_gate_status_check
    CHECK (gate_status IN ('passed', 'held', 'approved', 'rejected', 'expired', 'withdrawn', 'refused')),
  ADD CONSTRAINT build_gates_refusal_has_code CHECK ((gate_status = 'refused') = (refusal_code IS NOT NULL)),
  ADD CONSTRAINT build_gates_expiry_unless_passed CHECK ((gate_status IN ('passed', 'refused')) = (expires_at IS NULL));
