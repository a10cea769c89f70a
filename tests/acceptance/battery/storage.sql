CREATE TABLE b.storages (a text, c text, d text, e integer[]);
ALTER TABLE b.storages ALTER a SET STORAGE EXTERNAL, ALTER c SET STORAGE MAIN, ALTER d SET STORAGE PLAIN;
