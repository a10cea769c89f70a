-- patch: Make room for reports.
CREATE SCHEMA reports;
