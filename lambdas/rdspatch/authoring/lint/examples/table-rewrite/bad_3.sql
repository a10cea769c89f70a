-- patch: Keep drafts out of the log.
ALTER TABLE drafts SET UNLOGGED;
