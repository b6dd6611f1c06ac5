"""The memory of what was said: calls, feedback, used tokens. Rows go to a local spool first, then to a database."""
