-- since: 15
CREATE TABLE b.wide (a integer, c integer, PRIMARY KEY (a, c));
CREATE TABLE b.narrow (a integer, c integer, FOREIGN KEY (a, c) REFERENCES b.wide ON DELETE SET NULL (c));
