-- patch: Find what can be deleted.
CREATE TABLE IF NOT EXISTS meshes_that_were_exported_to_the_archive_and_whose_owner_has_left_idx (id bigint);
