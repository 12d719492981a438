"""Several venues around one efficient price: a seeded, compiled market to measure execution on."""
