"""Guards: each refuses a request before its handler, by raising a fault."""
