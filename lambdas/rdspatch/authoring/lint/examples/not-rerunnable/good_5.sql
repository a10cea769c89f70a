-- patch: Stamp changes.
DROP TRIGGER IF EXISTS stamp_changes ON meshes;
CREATE TRIGGER stamp_changes BEFORE UPDATE ON meshes FOR EACH ROW EXECUTE FUNCTION stamp();
