-- patch: An example.
SET LOCAL work_mem = '64MB';
