"""Landing: raw bytes as received, immutable, content-addressed, with a record of every observation."""
