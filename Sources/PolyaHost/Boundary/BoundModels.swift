internal import PolyaCore
internal import Synchronization

/// A model that several plugins ask, one call at a time.
///
/// Safety: plugins may call from threads of theirs; the model is reached under the lock only.
final class SharedModel: @unchecked Sendable {
  private let model: any LanguageModel
  private let lock = Mutex<Void>(())

  init(_ model: any LanguageModel) { self.model = model }

  func ask<Answer: Sendable>(_ body: (any LanguageModel) throws -> Answer) throws -> Answer {
    try lock.withLock { _ in try body(model) }
  }
}

/// The models that one instance may ask, by the names in its options.
final class BoundModels {
  private let models: [String: SharedModel]
  private let failure = Mutex<String>("")

  init(_ models: [String: SharedModel]) { self.models = models }

  /// Why the last service call failed.
  var reason: String {
    get { failure.withLock { $0 } }
    set { failure.withLock { $0 = newValue } }
  }

  subscript(name: String) -> SharedModel? { models[name] }

  var names: [String] { models.keys.sorted() }
}
