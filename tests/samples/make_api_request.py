# Python example
import time
import requests
from requests.adapters import HTTPAdapter
from requests.packages.urllib3.util.retry import Retry

def create_session_with_retries():
    session = requests.Session()

    retry_strategy = Retry(
        total=3,
        status_forcelist=[429, 500, 502, 503, 504],
        backoff_factor=1,
        allowed_methods=["HEAD", "GET", "PUT", "DELETE", "OPTIONS", "TRACE"]
    )

    adapter = HTTPAdapter(max_retries=retry_strategy)
    session.mount("http://", adapter)
    session.mount("https://", adapter)

    return session

def make_api_request(url, headers, data=None):
    session = create_session_with_retries()

    try:
        if data:
            response = session.post(url, headers=headers, json=data)
        else:
            response = session.get(url, headers=headers)

        response.raise_for_status()
        return response.json()

    except requests.exceptions.HTTPError as e:
        if e.response.status_code == 429:
            # Handle rate limiting
            retry_after = int(e.response.headers.get('Retry-After', 60))
            time.sleep(retry_after)
            return make_api_request(url, headers, data)
        else:
            # Handle other HTTP errors
            error_data = e.response.json()
            raise ConnixAPIException(error_data['error'])

    except requests.exceptions.RequestException as e:
        # Handle network errors
        raise NetworkException(str(e))
