-- patch: An example.
LISTEN jobs;
