// Sends one request and prints what the Go sample makes of the answer.
//
//	sample ORIGIN METHOD PATH HEADER VALUE BURST [BODY]
//
// BURST requests are sent first, to use the quota up.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type outcome struct {
	Status  int
	Kind    string
	Text    string
	Code    string
	ID      string
	At      string
	Details interface{}
}

func send(method, url, header, value, body string) *http.Response {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set(header, value)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	return response
}

func reported(found error) (seen ConnixError) {
	switch typed := found.(type) {
	case *RateLimitError:
		return typed.ConnixError
	case *AuthenticationError:
		return typed.ConnixError
	case *AuthorizationError:
		return typed.ConnixError
	case *ConnixError:
		return *typed
	}
	return
}

func main() {
	origin, method, path, header, value := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	burst, err := strconv.Atoi(os.Args[6])
	if err != nil {
		log.Fatal(err)
	}
	for sent := 0; sent < burst; sent++ {
		send("GET", origin+"/api/v1/hello", header, value, "").Body.Close()
	}
	response := send(method, origin+path, header, value, strings.Join(os.Args[7:], ""))
	defer response.Body.Close()
	result := outcome{Status: response.StatusCode}
	if response.StatusCode >= 400 {
		found := handleAPIError(response)
		seen := reported(found)
		result.Kind, result.Text = fmt.Sprintf("%T", found), found.Error()
		result.Code, result.ID, result.Details = seen.Code, seen.RequestID, seen.Details
		result.At = seen.Timestamp.Format(time.RFC3339)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}
