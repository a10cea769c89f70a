-- patch: An example.
RESET work_mem;
