-- patch: Find meshes by name, with comments.
CREATE INDEX IF NOT EXISTS meshes_name_idx -- squawk-ignore require-concurrent-index-creation
    ON meshes (name);
