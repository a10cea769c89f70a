-- patch: An example.
COPY meshes TO STDOUT;
