"""Rules, limits and answers: pure."""
