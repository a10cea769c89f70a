"""The synthesized workflow on this machine: an embedded PostgreSQL, a simulated AWS, the real handlers."""
