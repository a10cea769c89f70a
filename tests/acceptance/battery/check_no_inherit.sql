CREATE TABLE b.alone (n integer CONSTRAINT alone_n CHECK (n > 0) NO INHERIT);
