-- patch: Start with no drafts.
TRUNCATE drafts;
