"""The JSON API of operators, on the console's port: records, counts, deliveries, webhooks."""
