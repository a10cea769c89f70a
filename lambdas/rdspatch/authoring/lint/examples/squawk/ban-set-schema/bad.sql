-- patch: Move the drafts away.
ALTER TABLE IF EXISTS drafts SET SCHEMA archive;
