-- patch: Summarise meshes.
CREATE MATERIALIZED VIEW IF NOT EXISTS mesh_totals AS SELECT count(*) FROM meshes WITH NO DATA;
REFRESH MATERIALIZED VIEW mesh_totals;
