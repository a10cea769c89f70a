-- patch: Work with a table that ends with the session.
CREATE TEMPORARY TABLE numbers AS SELECT id FROM meshes;
