-- patch: Give up a view and what was built on it.
DROP VIEW IF EXISTS meshes_of_today CASCADE;
