ALTER TABLE publications DROP COLUMN open_uploads;
