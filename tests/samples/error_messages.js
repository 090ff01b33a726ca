const ERROR_MESSAGES = {
  'invalid_api_key': 'Please check your API key and try again.',
  'expired_token': 'Your session has expired. Please sign in again.',
  'insufficient_scope': 'You don\'t have permission to perform this action.',
  'rate_limit_exceeded': 'Too many requests. Please wait a moment and try again.',
  'validation_error': 'Please check your input and try again.',
  'resource_not_found': 'The requested resource could not be found.',
  'resource_conflict': 'A resource with this name already exists.',
  'internal_error': 'Something went wrong on our end. Please try again later.',
  'service_unavailable': 'The service is temporarily unavailable. Please try again later.'
};

function getErrorMessage(errorCode) {
  return ERROR_MESSAGES[errorCode] || 'An unexpected error occurred. Please try again.';
}
