internal import CCurl

/// One request on its way, and what has arrived of its answer.
///
/// Safety: libcurl has its address while the transfer is in the multi handle, which holds it so long.
final class Transfer {
  let number: Int
  private let longest: Int
  private var headers: [String: String] = [:]
  private var body: [UInt8] = []
  private var isTooLong = false
  private var list: UnsafeMutablePointer<curl_slist>?

  /// Sets up a handle.
  init(_ number: Int, _ request: HTTPRequest, _ limits: HTTPClient.Limits, _ handle: UnsafeMutableRawPointer)
    throws
  {
    self.number = number
    longest = limits.longestAnswer
    try Self.check(curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
    try Self.check(curl_set_text(handle, CURLOPT_URL, request.url))
    try Self.check(curl_set_number(handle, CURLOPT_NOSIGNAL, 1))
    try Self.check(curl_set_number(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout)))
    try Self.check(
      curl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(limits.connectTimeout)))
    if !request.isRepeatable { try Self.check(curl_set_number(handle, CURLOPT_FRESH_CONNECT, 1)) }
    // Answers come in any encoding that libcurl can undo.
    try Self.check(curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, ""))
    if request.method == .post {
      try Self.check(curl_set_number(handle, CURLOPT_POST, 1))
      try Self.check(curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
      try request.body.withUnsafeBytes {
        try Self.check(
          curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(handle)))
      }
    }
    try setHeaders(request, handle)
    let context = Unmanaged.passUnretained(self).toOpaque()
    try Self.check(curl_set_receiver(handle, CURLOPT_WRITEFUNCTION, Self.receiveBody))
    try Self.check(curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
    try Self.check(curl_set_receiver(handle, CURLOPT_HEADERFUNCTION, Self.receiveHeader))
    try Self.check(curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
  }

  deinit { curl_slist_free_all(list) }

  private func setHeaders(_ request: HTTPRequest, _ handle: UnsafeMutableRawPointer) throws {
    // Without this, libcurl waits for a server's leave to send a long body.
    for (name, value) in request.headers + [(name: "Expect", value: "")] {
      guard !(name + value).utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
        throw HTTPFailure(.badRequest, "the header \(name) has a control character, such as a line break")
      }
      guard let longer = curl_slist_append(list, "\(name): \(value)") else {
        throw HTTPFailure(.badRequest, "there is no memory for headers")
      }
      list = longer
    }
    try Self.check(curl_set_headers(handle, list))
  }

  private static func milliseconds(_ seconds: Double) -> Int { Int(min(max(seconds * 1000, 1), 1e9)) }

  private static func check(_ code: CURLcode) throws {
    guard code == CURLE_OK else { throw HTTPFailure(.badRequest, String(cString: curl_easy_strerror(code))) }
  }

  private static let receiveBody: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.append(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
  }

  private static let receiveHeader: curl_write_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    transfer.add(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
  }

  private func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard body.count + bytes.count <= longest else {
      isTooLong = true
      return false
    }
    body.append(contentsOf: bytes)
    return true
  }

  private func add(header bytes: UnsafeRawBufferPointer) {
    let line = String(decoding: bytes, as: UTF8.self)
    guard let colon = line.firstIndex(of: ":") else {
      // The status line begins the headers of another answer, as after 100 Continue.
      if line.hasPrefix("HTTP/") { headers = [:] }
      return
    }
    let value = line[line.index(after: colon)...]
    func isSpace(_ character: Character) -> Bool { character.isWhitespace }
    let trimmed = value.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    headers[line[..<colon].lowercased()] = String(trimmed)
  }

  func result(_ code: CURLcode, _ handle: UnsafeMutableRawPointer) -> Result<HTTPAnswer, HTTPFailure> {
    guard code == CURLE_OK else { return .failure(failure(code, handle)) }
    var status = 0
    guard curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, status > 0 else {
      return .failure(HTTPFailure(.cut, "the server gave no status"))
    }
    return .success(HTTPAnswer(status: status, headers: headers, body: body))
  }

  private func failure(_ code: CURLcode, _ handle: UnsafeMutableRawPointer) -> HTTPFailure {
    let message = String(cString: curl_easy_strerror(code))
    // Bytes of the request tell a connection that never stood from one that was slow.
    var sent = 0
    _ = curl_get_number(handle, CURLINFO_REQUEST_SIZE, &sent)
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return HTTPFailure(.unreachable, message)
    case CURLE_OPERATION_TIMEDOUT:
      return sent == 0
        ? HTTPFailure(.unreachable, "no connection in time") : HTTPFailure(.timedOut, "no answer in time")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR:
      return HTTPFailure(.certificate, message)
    case CURLE_WRITE_ERROR where isTooLong:
      return HTTPFailure(.tooLong, "the answer has more than \(longest) bytes")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return HTTPFailure(.badRequest, message)
    default: return HTTPFailure(.cut, message)
    }
  }
}
