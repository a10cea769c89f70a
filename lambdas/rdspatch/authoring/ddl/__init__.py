"""SQL that makes the objects of a schema, written from what a snapshot says of them."""
