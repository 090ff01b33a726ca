// The class that the JavaScript sample uses and the page leaves out.
class ConnixAPIError extends Error {
  static seen = [];

  constructor(error, status) {
    super(error.message);
    this.code = error.code;
    this.status = status;
    ConnixAPIError.seen.push({ ...error, status });
  }
}
