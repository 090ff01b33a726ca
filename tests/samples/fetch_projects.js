async function fetchProjects(apiKey) {
  // JavaScript example
  try {
    const response = await fetch('https://api.connix.io/api/v1/projects', {
      headers: {
        'X-API-Key': apiKey,
        'Content-Type': 'application/json'
      }
    });

    if (!response.ok) {
      const errorData = await response.json();
      throw new ConnixAPIError(errorData.error, response.status);
    }

    const data = await response.json();
    return data;
  } catch (error) {
    if (error instanceof ConnixAPIError) {
      // Handle specific API errors
      switch (error.code) {
        case 'invalid_api_key':
          // Redirect to authentication
          break;
        case 'rate_limit_exceeded':
          // Implement retry with backoff
          break;
        default:
          // Log error and show user-friendly message
          console.error('API Error:', error);
      }
    } else {
      // Handle network or other errors
      console.error('Network Error:', error);
    }
  }
}
