CREATE TABLE b.arrays (a integer[], c text[][], d varchar(3)[], e numeric(5, 1)[3]);
