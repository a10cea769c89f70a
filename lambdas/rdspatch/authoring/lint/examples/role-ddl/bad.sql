-- patch: An example.
CREATE ROLE reader;
