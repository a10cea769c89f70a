-- patch: Number the exports.
CREATE SEQUENCE export_numbers;
