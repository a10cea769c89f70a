-- patch: An example.
LOAD 'auto_explain';
