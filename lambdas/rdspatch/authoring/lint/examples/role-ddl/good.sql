-- patch: An example.
GRANT SELECT ON meshes TO reader;
