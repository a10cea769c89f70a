-- patch: Let drafts be read in the archive too.
CREATE OR REPLACE VIEW archive.drafts AS SELECT * FROM public.drafts;
