CREATE TABLE b.compressed (a text COMPRESSION pglz);
