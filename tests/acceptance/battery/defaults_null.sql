CREATE DOMAIN b.with_default AS integer DEFAULT 5;
CREATE TABLE b.nulls (a text DEFAULT NULL, c varchar(3) DEFAULT NULL, d b.with_default DEFAULT NULL, e timestamp(3) DEFAULT NULL);
