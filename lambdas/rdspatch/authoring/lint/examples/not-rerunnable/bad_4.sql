-- patch: Show the meshes of today.
CREATE VIEW meshes_of_today AS SELECT * FROM meshes WHERE created_at >= current_date;
