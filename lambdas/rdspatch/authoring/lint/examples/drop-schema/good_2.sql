-- patch: Give up the reports.
-- allow: drop-schema because it holds views only
DROP SCHEMA IF EXISTS reports CASCADE;
