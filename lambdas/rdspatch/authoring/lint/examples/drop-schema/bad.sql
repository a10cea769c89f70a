-- patch: Give up the reports.
DROP SCHEMA IF EXISTS reports CASCADE;
