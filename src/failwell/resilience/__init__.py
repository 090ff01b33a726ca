"""What a caller should do about a fault: decisions, waits, budgets. Pure: no I/O, no sleeping."""
