internal import PolyaKit

/// What a call from the host means to the parts of this plugin: when to stop, and where lines of the log go.
struct Work {
  let shouldStop: () -> Bool
  /// Throws if the call should end.
  let checkStop: () throws -> Void
  let log: (LogLevel, String) -> Void

  init(
    shouldStop: @escaping () -> Bool, checkStop: @escaping () throws -> Void,
    log: @escaping (LogLevel, String) -> Void
  ) {
    self.shouldStop = shouldStop
    self.checkStop = checkStop
    self.log = log
  }

  /// Valid as long as the call.
  init(_ call: Call) {
    self.init(
      shouldStop: { call.shouldStop }, checkStop: { try call.checkStop() }, log: { call.log($0, $1) })
  }
}
