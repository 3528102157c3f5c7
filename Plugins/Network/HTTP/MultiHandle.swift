internal import CCurl

/// libcurl's transfers, many at once.
///
/// Safety: used by one thread at a time, as it is not `Sendable`. An easy handle is in `transfers` as long as it is in the
/// multi handle, and with it lives all that libcurl was given pointers to.
final class MultiHandle {
  private let multi: OpaquePointer
  private var transfers: [OpaquePointer: Transfer] = [:]
  /// Handles without a transfer, which keep what they know of hosts.
  private var idle: [OpaquePointer] = []

  /// libcurl counts its users itself, and is never unloaded.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  init(connections: Int) throws {
    guard Self.isReady, let multi = curl_multi_init() else {
      throw HTTPFailure(.badRequest, "libcurl cannot start")
    }
    self.multi = OpaquePointer(multi)
    _ = curl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, connections)
  }

  deinit {
    abandonAll()
    for handle in idle { curl_easy_cleanup(UnsafeMutableRawPointer(handle)) }
    curl_multi_cleanup(UnsafeMutableRawPointer(multi))
  }

  var inFlight: Int { transfers.count }

  func start(_ number: Int, _ request: HTTPRequest, _ limits: HTTPClient.Limits) throws {
    guard let raw = idle.popLast().map({ UnsafeMutableRawPointer($0) }) ?? curl_easy_init() else {
      throw HTTPFailure(.badRequest, "libcurl cannot make a handle")
    }
    let handle = OpaquePointer(raw)
    do {
      let transfer = try Transfer(number, request, limits, raw)
      guard curl_multi_add_handle(UnsafeMutableRawPointer(multi), raw) == CURLM_OK else {
        throw HTTPFailure(.badRequest, "libcurl cannot start a transfer")
      }
      transfers[handle] = transfer
    } catch {
      giveBack(handle)
      throw error
    }
  }

  /// Works until something happens, or for so many seconds.
  func perform(upTo seconds: Double) {
    var running: Int32 = 0
    let raw = UnsafeMutableRawPointer(multi)
    _ = curl_multi_perform(raw, &running)
    guard Int(running) == transfers.count else { return }
    _ = curl_multi_poll(raw, nil, 0, Int32(seconds * 1000), nil)
    _ = curl_multi_perform(raw, &running)
  }

  func takeEnded() -> [(Int, Result<HTTPAnswer, HTTPFailure>)] {
    var ended: [(Int, Result<HTTPAnswer, HTTPFailure>)] = []
    var code = CURLE_OK
    while let raw = curl_multi_ended(UnsafeMutableRawPointer(multi), &code) {
      let handle = OpaquePointer(raw)
      guard let transfer = transfers[handle] else { continue }
      ended.append((transfer.number, transfer.result(code, raw)))
      remove(handle)
    }
    return ended
  }

  func abandonAll() {
    for handle in transfers.keys { remove(handle) }
  }

  private func remove(_ handle: OpaquePointer) {
    curl_multi_remove_handle(UnsafeMutableRawPointer(multi), UnsafeMutableRawPointer(handle))
    transfers[handle] = nil
    giveBack(handle)
  }

  private func giveBack(_ handle: OpaquePointer) {
    curl_easy_reset(UnsafeMutableRawPointer(handle))
    idle.append(handle)
  }
}
