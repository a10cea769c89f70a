-- patch: An example.
DECLARE every_mesh CURSOR FOR SELECT * FROM meshes;
