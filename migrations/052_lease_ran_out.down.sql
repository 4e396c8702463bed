ALTER TABLE build_workers DROP COLUMN lease_ran_out_at;
