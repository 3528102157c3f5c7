import Foundation
import Testing

@testable import PolyaEvaluation

/// Where published data lies beside the repository; tests that read it skip where it does not.
enum PublishedData {
  static let folder: String =
    ProcessInfo.processInfo.environment["POLYA_DATA"]
    ?? URL(filePath: #filePath).appending(path: "../../../../shared/data").standardized.path()

  static func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + file) }

  static func lines<Row: Decodable>(_ file: String, as row: Row.Type) throws -> [Row] {
    let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(row, from: Data($0.utf8)) }
  }
}

@Suite struct PassAtKTests {
  struct ExactRow: Decodable {
    var n: Int
    var c: Int
    var k: Int
    var value: Double
  }

  @Test(
    .enabled(
      if: PublishedData.has("passk/estimator.jsonl"),
      "passk/estimator.jsonl is not in ../shared/data or $POLYA_DATA"))
  func equalsEveryExactRational() throws {
    let rows = try PublishedData.lines("passk/estimator.jsonl", as: ExactRow.self)
    #expect(rows.count == 1617)
    for row in rows {
      let estimate = try #require(PassAtK.estimate(k: row.k, samples: row.n, correct: row.c))
      #expect(abs(estimate - row.value) <= 1e-12, "n \(row.n), c \(row.c), k \(row.k)")
    }
  }

  /// From lighteval's unit tests: choice letters against expected pass@k (`gpqa_instruct_pass_at_k`, which compares
  /// plain letters, so that no answer extraction of theirs gets between the count and the estimate).
  @Test(arguments: [
    (k: 2, samples: 3, correct: 3, expected: 1.0),
    (k: 2, samples: 4, correct: 2, expected: 0.8333333333333333),
    (k: 5, samples: 8, correct: 4, expected: 1.0), (k: 1, samples: 2, correct: 1, expected: 0.5),
    (k: 1, samples: 3, correct: 0, expected: 0.0), (k: 1, samples: 1, correct: 1, expected: 1.0),
  ])
  func agreesWithLighteval(k: Int, samples: Int, correct: Int, expected: Double) throws {
    let estimate = try #require(PassAtK.estimate(k: k, samples: samples, correct: correct))
    #expect(abs(estimate - expected) < 1e-15)
  }

  struct LightevalCase: Decodable {
    struct Document: Decodable {
      var choices: [String]
    }
    struct Response: Decodable {
      var text: [String]
    }
    struct Parameters: Decodable {
      var k: Int?
    }

    var metricClass: String
    var metricParams: Parameters
    var doc: Document
    var modelResponse: Response
    var expectedOutput: [String: Double]
    var tolerance: Double

    enum CodingKeys: String, CodingKey {
      case metricClass = "metric_class"
      case metricParams = "metric_params"
      case doc
      case modelResponse = "model_response"
      case expectedOutput = "expected_output"
      case tolerance
    }
  }

  /// Their `pass_at_k_math` cases name one right number as the only choice, so equality of strings decides.
  @Test(
    .enabled(
      if: PublishedData.has("passk/lighteval_metric_cases.jsonl"),
      "passk/lighteval_metric_cases.jsonl is not in ../shared/data or $POLYA_DATA"))
  func agreesWithLightevalOnTheCasesOfTheirFile() throws {
    let lines = try String(
      contentsOfFile: PublishedData.folder + "/passk/lighteval_metric_cases.jsonl", encoding: .utf8)
    let fitting = lines.split(separator: "\n").filter { $0.contains(#""metric_class": "pass_at_k_math""#) }
    #expect(fitting.count == 3)
    for line in fitting {
      let test = try JSONDecoder().decode(LightevalCase.self, from: Data(line.utf8))
      let correct = test.modelResponse.text.count { $0 == test.doc.choices.first }
      let estimate = PassAtK.estimate(
        k: try #require(test.metricParams.k), samples: test.modelResponse.text.count, correct: correct)
      let expected = try #require(test.expectedOutput.values.first)
      #expect(abs(try #require(estimate) - expected) <= test.tolerance)
    }
  }

  @Test func passAtOneIsTheShareOfRightSamples() throws {
    for correct in 0...1000 {
      let estimate = try #require(PassAtK.estimate(k: 1, samples: 1000, correct: correct))
      #expect(abs(estimate - Double(correct) / 1000) < 1e-12)
    }
  }

  @Test func passAtAllSamplesIsWhetherAnyIsRight() {
    #expect(PassAtK.estimate(k: 50_000, samples: 50_000, correct: 0) == 0)
    #expect(PassAtK.estimate(k: 50_000, samples: 50_000, correct: 1) == 1)
  }

  @Test func tooFewSamplesGiveNoNumber() {
    #expect(PassAtK.estimate(k: 2, samples: 1, correct: 1) == nil)
    #expect(PassAtK.estimate(k: 1, samples: 0, correct: 0) == nil)
  }

  @Test func curveDoublesAndEndsAtTheSamples() {
    #expect(PassAtK.curve(samples: 64) == [1, 2, 4, 8, 16, 32, 64])
    #expect(PassAtK.curve(samples: 10) == [1, 2, 4, 8, 10])
    #expect(PassAtK.curve(samples: 1) == [1])
    #expect(PassAtK.curve(samples: 0) == [])
  }
}
