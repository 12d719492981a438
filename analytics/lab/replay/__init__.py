"""Level-2 replay: recorded books and trades as a market in which own orders queue."""
