"""The client half: calls that handle every error of any contract."""
