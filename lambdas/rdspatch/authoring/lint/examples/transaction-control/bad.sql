-- patch: An example.
BEGIN;
SELECT 1;
COMMIT;
