-- patch: Weigh less exactly.
ALTER TABLE meshes ALTER COLUMN weight TYPE numeric(10, 1);
