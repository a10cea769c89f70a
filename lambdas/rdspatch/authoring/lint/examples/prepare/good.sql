-- patch: An example.
SELECT * FROM meshes WHERE name = 'cube';
