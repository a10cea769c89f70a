-- patch: Start with no drafts and what refers to them.
TRUNCATE TABLE drafts CASCADE;
