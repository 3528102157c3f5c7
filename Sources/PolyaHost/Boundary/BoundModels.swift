internal import PolyaCore
internal import Synchronization

/// A model that several plugins use, one call at a time.
///
/// Safety: Plugins may call from any of their threads; the model is accessed only under the lock.
final class SharedModel: @unchecked Sendable {
  private let model: any LanguageModel
  private let lock = Mutex<Void>(())

  init(_ model: any LanguageModel) { self.model = model }

  func ask<Answer: Sendable>(_ body: (any LanguageModel) throws -> Answer) throws -> Answer {
    try lock.withLock { _ in try body(model) }
  }
}

/// The models that one instance may use, by the names in its options.
final class BoundModels {
  private let models: [String: SharedModel]
  private let failure = Mutex<String>("")

  init(_ models: [String: SharedModel]) { self.models = models }

  /// The reason why the last service call failed.
  var reason: String {
    get { failure.withLock { $0 } }
    set { failure.withLock { $0 = newValue } }
  }

  subscript(name: String) -> SharedModel? { models[name] }

  var names: [String] { models.keys.sorted() }
}
