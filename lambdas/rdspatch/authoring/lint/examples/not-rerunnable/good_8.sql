-- patch: Work with a table of its own that ends with the session.
CREATE TEMPORARY TABLE numbers (id bigint);
