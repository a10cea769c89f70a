-- patch: Count the cells of a mesh.
CREATE FUNCTION cell_count(mesh meshes) RETURNS bigint LANGUAGE sql STABLE RETURN (mesh.statistics ->> 'cells')::bigint;
