-- patch: An example.
SET work_mem = '64MB';
