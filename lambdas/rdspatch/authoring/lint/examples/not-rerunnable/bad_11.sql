-- patch: Summarise meshes.
CREATE MATERIALIZED VIEW mesh_totals AS SELECT owner_id, count(*) AS total FROM meshes GROUP BY owner_id;
