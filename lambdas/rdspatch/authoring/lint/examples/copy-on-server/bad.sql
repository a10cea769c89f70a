-- patch: An example.
COPY meshes TO '/tmp/meshes.csv';
