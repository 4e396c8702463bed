DROP TABLE tag_moves;
DROP TABLE publications;
