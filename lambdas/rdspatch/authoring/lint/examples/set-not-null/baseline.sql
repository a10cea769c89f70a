CREATE TABLE meshes (
    id bigint PRIMARY KEY,
    name text,
    code text,
    owner_id bigint,
    CONSTRAINT meshes_owner_id_set CHECK (owner_id IS NOT NULL)
);
ALTER TABLE meshes ADD CONSTRAINT meshes_code_set CHECK (code IS NOT NULL AND code <> '') NOT VALID;
