-- patch: An example.
PREPARE by_name AS SELECT * FROM meshes WHERE name = $1;
