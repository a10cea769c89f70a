CREATE TABLE b.collated (a text COLLATE "C", c varchar(3) COLLATE "POSIX", d text COLLATE pg_catalog."default");
