-- patch: Start with no drafts.
-- verify: SELECT NOT EXISTS (SELECT FROM drafts)
-- allow: delete-without-where because drafts are made again every night
DELETE FROM drafts;
