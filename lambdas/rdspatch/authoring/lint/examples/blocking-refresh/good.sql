-- patch: Summarise meshes anew.
REFRESH MATERIALIZED VIEW CONCURRENTLY mesh_totals;
