-- patch: Weigh more exactly.
ALTER TABLE meshes ALTER COLUMN weight TYPE numeric(12, 4);
