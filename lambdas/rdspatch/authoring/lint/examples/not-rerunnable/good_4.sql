-- patch: Show the meshes of today.
CREATE OR REPLACE VIEW meshes_of_today AS SELECT * FROM meshes WHERE created_at >= current_date;
DROP VIEW IF EXISTS meshes_of_the_week;
