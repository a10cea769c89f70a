CREATE DOMAIN b.grade AS varchar(3) COLLATE "C" DEFAULT 'A' NOT NULL CHECK (VALUE IN ('A', 'B')) CONSTRAINT short CHECK (length(VALUE) BETWEEN 1 AND 3 AND VALUE <> 'C');
CREATE DOMAIN b.percent AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100 AND VALUE <> 3);
ALTER DOMAIN b.percent ADD CONSTRAINT later CHECK (VALUE > 1) NOT VALID;
CREATE DOMAIN b.grades AS b.grade[];
CREATE TABLE b.graded (g b.grade, p b.percent DEFAULT 5, x b.grades);
