-- patch: Start with no drafts.
-- verify: SELECT NOT EXISTS (SELECT FROM drafts)
DO $$ BEGIN
    DELETE FROM drafts;
END $$;
