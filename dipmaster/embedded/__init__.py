"""PostgreSQL and Redis from pip wheels, and the desk's own processes under one supervisor."""
