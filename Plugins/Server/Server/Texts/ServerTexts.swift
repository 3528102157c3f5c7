internal import PolyaKit

/// What stands between the host's token ids and what a server is sent.
protocol ServerTexts {
  var hasTemplate: Bool { get }
  var vocabularySize: Int { get }
  var bos: Int32? { get }
  /// First the one with which the model ends its own turn.
  var ends: [Int32] { get }
  /// Empty when the ids are nobody else's.
  var tokenizerHash: [UInt8] { get }

  func encode(_ text: String) -> [Int32]
  func decode(_ ids: [Int32]) -> [UInt8]
  func render(_ messages: [Message]) throws -> [Int32]
  /// A prompt as the server gets it.
  func content(_ prompt: [Int32]) -> SampleQuery.Content
  /// A sample in the host's ids, without log-probs.
  func sample(_ wire: WireSample, _ stop: [String]) -> Sample
}
