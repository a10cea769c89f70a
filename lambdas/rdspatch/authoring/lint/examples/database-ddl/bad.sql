-- patch: An example.
ALTER DATABASE meshapp SET work_mem = '64MB';
