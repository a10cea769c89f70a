CREATE TABLE b.published (a integer PRIMARY KEY, c varchar(9));
CREATE PUBLICATION everything_published FOR TABLE b.published WITH (publish = 'insert, update');
