CREATE TABLE b.texts (a text, c varchar, d varchar(20), e char(3), f "char", g name, h bytea);
