package import PolyaKit

extension Failure {
  /// The error in the host's words.
  package init(_ error: TransformerError) {
    let code: Code =
      switch error.kind {
      case .badArgument: .badArgument
      case .badOption: .badOption
      case .unsupported: .unsupported
      case .limit: .limit
      case .corrupt: .corrupt
      case .io: .io
      case .cancelled: .cancelled
      case .outOfMemory: .outOfMemory
      case .wrongState: .wrongState
      }
    self.init(code, error.message)
  }
}
