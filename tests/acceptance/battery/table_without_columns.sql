CREATE TABLE b.without_columns ();
