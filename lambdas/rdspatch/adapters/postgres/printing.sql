-- What a definition's text depends on, for every query that prints one.
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL timezone = 'UTC';
SET LOCAL lc_monetary = 'C';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SET LOCAL xmlbinary = 'base64';
SET LOCAL quote_all_identifiers = off;
