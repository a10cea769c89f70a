-- patch: Give up the reports, which must be empty.
DROP SCHEMA IF EXISTS reports;
