internal import PolyaKit

import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

/// Configurations among the data that is not part of the checkout; nil: they are not there.
private let folder: String? = {
  guard let path = Repository.data?.appending(path: "tokenizers/configs").path else { return nil }
  return FileManager.default.fileExists(atPath: path) ? path : nil
}()

@Suite(
  "Configurations of published models",
  .enabled(if: folder != nil, "the published data is not there: set POLYA_DATA"))
struct PublishedConfigurationTests {
  private func configuration(_ name: String) throws -> Configuration {
    let path = "\(folder ?? "")/\(name).config.json"
    return try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
  }

  @Test("a plain Llama is read")
  func plain() throws {
    let configuration = try configuration("tiny-verl-e2e")
    #expect(
      configuration.shape
        == Shape(
          hidden: 128, layers: 4, heads: 4, keyValueHeads: 4, headSize: 32, feedForward: 344, vocabulary: 16,
          context: 2048, rotaryBase: 10_000, normEpsilon: 1e-6, tied: false))
    #expect(configuration.bos == nil && configuration.eos == [1] && configuration.pad == 2)
  }

  @Test("Llama 3's scaled positions are read")
  func scaled() throws {
    let shape = try configuration("llama31-8b-like").shape
    #expect(
      shape.rotary
        == RotaryPositions(
          base: 500_000, scaling: .llama3(factor: 8, low: 1, high: 4, original: 8192)))
    #expect(shape.context == 131_072 && shape.keyValueHeads == 8)
  }
}
