ALTER TABLE build_results DROP CONSTRAINT build_results_image_fkey;
ALTER TABLE builds DROP CONSTRAINT builds_image_fkey;
DROP TABLE image_layers, layer_usage, image_metadata, image_tags, images;
