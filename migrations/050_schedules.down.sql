DROP TABLE schedule_ticks;
DROP TABLE build_schedules;
