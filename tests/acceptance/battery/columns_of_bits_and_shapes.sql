CREATE TABLE b.bits_and_shapes (a bit(3), c bit varying(5), d point, e box, f polygon, g circle, h line, i lseg, j path);
