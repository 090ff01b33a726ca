"""The language of failure: contracts, faults, and both directions of the wire."""
