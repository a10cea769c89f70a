-- patch: Stamp changes.
CREATE TRIGGER stamp_changes BEFORE UPDATE ON meshes FOR EACH ROW EXECUTE FUNCTION stamp();
