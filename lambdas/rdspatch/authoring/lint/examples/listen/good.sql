-- patch: An example.
SELECT 1;
