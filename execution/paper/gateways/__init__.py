"""The venues' own protocols over the one matching core: a package per venue, each of the same shape."""
