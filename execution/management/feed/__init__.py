"""The feed process: what the venues send, into Redis, PostgreSQL and the engine."""
