-- patch: Start anew.
SELECT 1;
