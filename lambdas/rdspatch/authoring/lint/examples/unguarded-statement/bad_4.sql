-- patch: Let owners see their meshes only.
CREATE POLICY own_meshes ON meshes USING (owner_id = 1);
