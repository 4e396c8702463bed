ALTER TABLE tag_moves RENAME last_tried_at TO began_at;
