"""Measurements of the whole program: `make bench BENCH=feed`. Each prints its progress and ends with one line `BENCH {json}`."""
