-- patch: Give up a view and what was built on it.
-- allow: drop-cascade because people build views on it by hand
DROP VIEW IF EXISTS meshes_of_today CASCADE;
