-- patch: Check the visibility of the projects that were there before.
-- lock-timeout: 100ms
-- statement-timeout: 5min
-- verify: SELECT convalidated FROM pg_constraint WHERE conrelid = to_regclass('projects') AND conname = 'projects_visibility_check'
ALTER TABLE projects VALIDATE CONSTRAINT projects_visibility_check;
