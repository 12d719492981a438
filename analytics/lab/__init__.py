"""The lab: markets to measure execution on, and what is measured on them."""
