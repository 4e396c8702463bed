DROP TABLE image_platforms;
UPDATE image_metadata SET docker_config_digest = docker_manifest_digest WHERE docker_config_digest IS NULL;
ALTER TABLE image_metadata ALTER docker_config_digest SET NOT NULL;
