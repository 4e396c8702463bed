DROP TABLE build_warnings;
