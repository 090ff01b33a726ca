package main

// The types that the Go sample uses and the page leaves out.

type RateLimitError struct{ ConnixError }

type AuthenticationError struct{ ConnixError }

type AuthorizationError struct{ ConnixError }
