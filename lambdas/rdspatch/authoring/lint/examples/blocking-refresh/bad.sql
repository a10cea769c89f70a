-- patch: Summarise meshes anew.
REFRESH MATERIALIZED VIEW mesh_totals;
