-- An image for several platforms: its index is a row of `images`, and so is the image of each platform.

CREATE TABLE image_platforms (
  tenant_id uuid NOT NULL,
  index_image_id uuid NOT NULL,
  position int NOT NULL CHECK (position >= 1),
  image_id uuid NOT NULL,
  platform varchar(100),
  PRIMARY KEY (index_image_id, position),
  FOREIGN KEY (tenant_id, index_image_id) REFERENCES images (tenant_id, id),
  FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id)
);
COMMENT ON TABLE image_platforms IS 'The images that an index names, in its order. An image for one platform has no rows here.';
CREATE INDEX image_platforms_image ON image_platforms (image_id);
CALL protect_tenant_table('image_platforms');
GRANT SELECT ON image_platforms TO kiln_api;
GRANT SELECT, INSERT ON image_platforms TO kiln_controller;

ALTER TABLE image_metadata ALTER docker_config_digest DROP NOT NULL;
COMMENT ON COLUMN image_metadata.docker_config_digest IS 'NULL of an index: each of its images has a config of its own.';
