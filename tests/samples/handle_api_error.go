// Go example
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"time"
)

type ConnixError struct {
	Code string `json:"code"`
	Message string `json:"message"`
	Details interface{} `json:"details"`
	RequestID string `json:"request_id"`
	Timestamp time.Time `json:"timestamp"`
}

func (e *ConnixError) Error() string {
	return fmt.Sprintf("Connix API Error [%s]: %s", e.Code, e.Message)
}

func handleAPIError(resp *http.Response) error {
	var errorResp struct {
		Error ConnixError `json:"error"`
	}

	if err := json.NewDecoder(resp.Body).Decode(&errorResp); err != nil {
		return fmt.Errorf("failed to decode error response: %w", err)
	}

	// Log error with context
	log.Printf("API Error: %s (Request ID: %s, Status: %d)",
		errorResp.Error.Code,
		errorResp.Error.RequestID,
		resp.StatusCode)

	// Handle specific error types
	switch errorResp.Error.Code {
	case "rate_limit_exceeded":
		return &RateLimitError{ConnixError: errorResp.Error}
	case "invalid_api_key", "expired_token":
		return &AuthenticationError{ConnixError: errorResp.Error}
	case "insufficient_scope":
		return &AuthorizationError{ConnixError: errorResp.Error}
	default:
		return &errorResp.Error
	}
}
