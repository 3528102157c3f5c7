import Foundation
import PolyaCore
import Testing

@testable import PolyaTraining

/// Estimators, weightings, and shapings against values computed from their definitions (`Golden/make_advantages.py`).
struct AdvantageGoldenTests {
  private let cases: [JSON]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/advantages.json")
      .path
    cases = try #require(try JSONParser.parse(try FileBytes.read(file), at: file).array)
    #expect(cases.count == 4)
  }

  private func batch(_ json: JSON) throws -> RewardBatch {
    func numbers(_ key: String) throws -> [Double?] { try #require(json[key]?.array).map(\.real) }
    func flags(_ key: String) throws -> [Bool] { try #require(json[key]?.array).map { $0 == .bool(true) } }
    var batch = RewardBatch(
      rewards: try numbers("rewards"), isRight: try flags("right"),
      groups: try numbers("groups").map { Int(try #require($0)) })
    batch.logprobs = try numbers("logprobs").map { try #require($0) }
    batch.tokens = try numbers("tokens").map { Int(try #require($0)) }
    batch.tokenLimit = Int(try #require(json["limit"]?.integer))
    batch.heuristics = try #require(json["heuristics"]?.array).map {
      try #require($0.array).compactMap(\.string)
    }
    batch.wasSolved = try flags("solved")
    return batch
  }

  /// Calls `check` with each form as a manifest names it, and the values that are expected.
  private func eachForm(
    _ list: String, _ check: (ObjectReader, RewardBatch, [Double?], JSON) throws -> Void
  ) throws {
    for json in cases {
      let batch = try batch(json)
      for pair in try #require(json[list]?.array) {
        let (form, expected) = (try #require(pair.array?.first), try #require(pair.array?.last?.array))
        try check(try ObjectReader(["form": form], at: ""), batch, expected.map(\.real), form)
      }
    }
  }

  private func expect(_ found: [Double?], _ expected: [Double?], _ form: JSON) {
    #expect(found.count == expected.count)
    for (index, (a, b)) in zip(found, expected).enumerated() {
      guard let b else {
        #expect(a == nil, "\(form) \(index)")
        continue
      }
      #expect(abs((a ?? .nan) - b) <= 1e-9 * max(1, abs(b)), "\(form) \(index): \(a ?? .nan), not \(b)")
    }
  }

  @Test func estimators() throws {
    let key = VariantSetting<any AdvantageEstimator>.one(
      "form", of: Advantages.all, standard: "standardized", "")
    var seen: Set<String> = []
    try eachForm("advantages") { reader, batch, expected, form in
      expect(try reader.read(key).values(batch), expected, form)
      seen.insert(try #require(form.string ?? form["kind"]?.string))
    }
    #expect(seen == Set(Advantages.all.map(\.name)), "every estimator has a case")
  }

  @Test func weightings() throws {
    let key = VariantSetting<any AdvantageWeighting>.list("form", of: Weightings.all, "")
    var seen: Set<String> = []
    try eachForm("weights") { reader, batch, expected, form in
      let found = try #require(try reader.readAll(key).first).weights(batch)
      expect(zip(found, batch.rewards).map { $1 == nil ? nil : $0 }, expected, form)
      seen.insert(try #require(form.string ?? form["kind"]?.string))
    }
    #expect(seen == Set(Weightings.all.map(\.name)), "every weighting has a case")
  }

  @Test func shapings() throws {
    let key = VariantSetting<any RewardShaping>.list("form", of: Shapings.all, "")
    var seen: Set<String> = []
    try eachForm("terms") { reader, batch, expected, form in
      let found = try #require(try reader.readAll(key).first).terms(batch)
      expect(zip(found, batch.rewards).map { $1 == nil ? nil : $0 }, expected, form)
      seen.insert(try #require(form.string ?? form["kind"]?.string))
    }
    #expect(seen == Set(Shapings.all.map(\.name)), "every shaping has a case")
  }
}

/// What holds for every estimator.
struct AdvantageTests {
  private static func estimators() throws -> [(name: String, any AdvantageEstimator)] {
    let key = VariantSetting<any AdvantageEstimator>.one(
      "a", of: Advantages.all, standard: "standardized", "")
    return try Advantages.all.map { form in
      let needsK = ["pass-at-k", "pkpo"].contains(form.name)
      let json: JSON = needsK ? ["kind": .string(form.name), "k": 2] : .string(form.name)
      return (form.name, try ObjectReader(["a": json], at: "").read(key))
    }
  }

  private func batch(_ rewards: [Double?], _ groups: [Int]? = nil) -> RewardBatch {
    RewardBatch(
      rewards: rewards, isRight: rewards.map { ($0 ?? 0) > 0.5 }, groups: groups ?? rewards.map { _ in 0 })
  }

  /// By hand: mean 0.5, sample deviation sqrt(4 * 0.25 / 3) = 0.57735.
  @Test func standardizedAdvantagesHaveTheTextbookValues() {
    let values = StandardizedAdvantage().values(batch([1, 0, 0, 1])).compactMap { $0 }
    for (value, expected) in zip(values, [0.866024, -0.866024, -0.866024, 0.866024]) {
      #expect(abs(value - expected) < 1e-5)
    }
  }

  /// Three answers, one of them right; of the pairs with the right one, both get all of their reward from it: 3 / C(3, 2) · 2.
  @Test func theOnlyRightAnswerGetsTheCreditOfAllItsSubsets() {
    #expect(PKPOAdvantage(k: 2, finalK: 2).values(batch([0, 1, 0])) == [0, 2, 0])
    // With two right ones, each is alone in one of its two pairs.
    #expect(PKPOAdvantage(k: 2, finalK: 2).values(batch([1, 1, 0])) == [1, 1, 0])
  }

  /// From 4 to 1 in four equal parts of the training.
  @Test func theNumberOfAnswersIsAnnealed() {
    var batch = batch([0, 1, 0, 1, 0])
    for (progress, k) in [(0, 4), (0.24, 4), (0.25, 3), (0.5, 2), (0.74, 2), (0.75, 1), (0.99, 1)] {
      batch.progress = progress
      #expect(
        PKPOAdvantage(k: 4, finalK: 1).values(batch) == PKPOAdvantage(k: k, finalK: k).values(batch),
        "at \(progress)")
    }
  }

  /// All but the estimator that has no baseline.
  @Test func equalRewardsTeachNothing() throws {
    for (name, estimator) in try Self.estimators() where name != "signed" {
      for value in [0, 0.1, 1, 1.0 / 3] {
        let values = estimator.values(batch([value, value, value, value, value, value, value]))
        #expect(values.allSatisfy { $0 == 0 }, "\(name): \(value)")
      }
      #expect(estimator.values(batch([0.25])) == [0], "\(name)")
    }
  }

  @Test func anUnscoredRolloutMovesNobody() throws {
    for (name, estimator) in try Self.estimators() {
      let with = estimator.values(batch([1, nil, 0, nil, 1, 0.25]))
      #expect(with[1] == nil && with[3] == nil, "\(name)")
      #expect(
        with.compactMap { $0 } == estimator.values(batch([1, 0, 1, 0.25])).compactMap { $0 }, "\(name)")
    }
  }

  @Test func theOrderOfAGroupDoesNotMatter() throws {
    let rewards: [Double?] = [0, 1, 0.5, 1, 0, 0.75]
    for (name, estimator) in try Self.estimators() {
      let forward = estimator.values(batch(rewards))
      let backward = Array(estimator.values(batch(rewards.reversed())).reversed())
      for (a, b) in zip(forward, backward) { #expect(abs((a ?? 9) - (b ?? -9)) < 1e-12, "\(name)") }
    }
  }

  /// Only the estimator that normalizes over the step looks at other groups.
  @Test func groupsDoNotSeeEachOther() throws {
    for (name, estimator) in try Self.estimators() where name != "batch-normalized" {
      let both = estimator.values(batch([1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1]))
      #expect([0, 2, 4].map { both[$0] } == estimator.values(batch([1, 0, 1])), "\(name)")
    }
  }
}
