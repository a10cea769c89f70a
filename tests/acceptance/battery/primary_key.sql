CREATE TABLE b.keys (a integer, c integer, CONSTRAINT "the key" PRIMARY KEY (c, a) INCLUDE (d), d text);
