-- patch: Let a function do it later.
CREATE OR REPLACE FUNCTION forget() RETURNS void LANGUAGE sql AS 'DELETE FROM meshes WHERE id = 0';
