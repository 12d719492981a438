"""How well the desk's signals foretell the mid on recorded books."""
