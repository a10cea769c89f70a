-- patch: Let owners see their meshes only.
DROP POLICY IF EXISTS own_meshes ON meshes;
CREATE POLICY own_meshes ON meshes USING (owner_id = 1);
