-- patch: Find meshes by owner.
-- allow: require-concurrent-index-creation because the table has 200 rows
CREATE INDEX IF NOT EXISTS meshes_owner_id_idx ON meshes (owner_id);
