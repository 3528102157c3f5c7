import Foundation
import PolyaTestSupport

/// A Python that has what a test needs: `$POLYA_TORCH_PYTHON`, or python3.
enum Torch {
  static let python = python(with: "torch, transformers, peft")

  static func python(with modules: String) -> String? {
    let chosen = ProcessInfo.processInfo.environment["POLYA_TORCH_PYTHON"] ?? "python3"
    let words = [chosen, "-c", "import " + modules]
    guard let result = try? Command.run("/usr/bin/env", words), result.status == 0 else { return nil }
    return chosen
  }
}
