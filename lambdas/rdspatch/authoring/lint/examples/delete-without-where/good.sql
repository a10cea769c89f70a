-- patch: Forget drafts without an owner.
-- verify: SELECT NOT EXISTS (SELECT FROM drafts WHERE owner_id IS NULL)
DELETE FROM drafts WHERE owner_id IS NULL;
