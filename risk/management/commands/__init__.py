"""Commands of the risk app."""
