-- patch: An example.
SELECT * FROM meshes;
