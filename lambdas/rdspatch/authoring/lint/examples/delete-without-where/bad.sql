-- patch: Start with no drafts.
-- verify: SELECT NOT EXISTS (SELECT FROM drafts)
DELETE FROM drafts;
