-- patch: Name the meshes, in a loop.
-- verify: SELECT NOT EXISTS (SELECT FROM meshes WHERE name IS NULL)
DO $$ BEGIN
    FOR i IN 1..10 LOOP
        UPDATE meshes SET name = 'mesh' WHERE owner_id = i;
    END LOOP;
END $$;
