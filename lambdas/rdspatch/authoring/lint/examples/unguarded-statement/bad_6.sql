-- patch: Start the numbers again.
ALTER SEQUENCE export_numbers RESTART WITH 1000;
