-- patch: Let codes have any length.
ALTER TABLE meshes ALTER COLUMN code TYPE text, ALTER COLUMN weight TYPE numeric(12, 2);
