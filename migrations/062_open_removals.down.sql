DROP TABLE open_removals;
