import Testing

@testable import TransformerEngine
@testable import TransformerFiles

@Suite("Trainings that resume after loading")
struct ResumeTests {
  private let sequences = Samples(5).sequences(6, below: 261)

  private func train(_ model: TransformerModel, steps: Int) throws {
    for _ in 0..<steps {
      let (scores, tape) = try model.forward(sequences, threads: 2)
      let gradients = scores.map {
        ScoreGradient(logprobs: .init(repeating: -0.01, count: $0.logprobs.count))
      }
      try model.backward(tape, gradients, threads: 2)
      _ = try model.step(AdamW(learningRate: 1e-2, weightDecay: 0.1), threads: 2)
    }
  }

  @Test("stored after three steps and loaded, five steps are those of one go, bit by bit")
  func weights() throws {
    let whole = try randomModel(.odd)
    try train(whole, steps: 5)
    try withFolder { folder in
      let first = try randomModel(.odd)
      try train(first, steps: 3)
      try first.save(folder)
      let second = try TransformerModel(folder: folder)
      #expect(second.steps == 3)
      // What was loaded is also what is stored again, before it was needed.
      try withFolder { copy in
        try second.save(copy)
        #expect(
          try File.bytes(copy + "/" + OptimizerFile.name) == File.bytes(folder + "/" + OptimizerFile.name))
      }
      try train(second, steps: 2)
      #expect(second.weights == whole.weights && second.steps == 5)
      let anew = try TransformerModel(folder: folder)
      try anew.beginTraining()
      #expect(anew.steps == 0)
      try train(anew, steps: 2)
      #expect(anew.weights != whole.weights && anew.steps == 2)
    }
  }

  @Test("so do adapters")
  func adapters() throws {
    let mode = TrainingMode(
      adapters: Adapters.Settings(rank: 3, alpha: 6, targets: []), recomputes: true, seed: 2)
    try withFolder { base in
      try randomModel(.odd).save(base)
      let whole = try TransformerModel(folder: base, training: mode)
      try train(whole, steps: 5)
      try withFolder { folder in
        let first = try TransformerModel(folder: base, training: mode)
        try train(first, steps: 3)
        try first.save(folder)
        let second = try TransformerModel(folder: folder, training: mode)
        try train(second, steps: 2)
        #expect(second.weights == whole.weights && second.steps == 5)
      }
    }
  }

  @Test(
    "moments that are damaged or of another model are refused, and the old weights stay", arguments: 0..<4)
  func damaged(_ damage: Int) throws {
    try withFolder { folder in
      let stored = try randomModel(.odd)
      try train(stored, steps: 1)
      try stored.save(folder)
      let path = folder + "/" + OptimizerFile.name
      var bytes = try File.bytes(path)
      switch damage {
      case 0: bytes.removeLast(9)
      case 1: bytes[bytes.count - 100] ^= 0x20
      case 2:
        bytes =
          Array(
            String(decoding: bytes[..<400], as: UTF8.self).replacing("polya.steps", with: "polya.stepz").utf8)
          + bytes[400...]
      default:
        try withFolder { other in
          let model = try randomModel(.tiny(vocabulary: 261))
          try train(model, steps: 1)
          try model.save(other)
          bytes = try File.bytes(other + "/" + OptimizerFile.name)
        }
      }
      try File.write(path, bytes)
      let model = try randomModel(.odd, seed: 9)
      let before = model.weights
      let error = #expect(throws: TransformerError.self) { try model.load(folder) }
      #expect(error?.message.contains(OptimizerFile.name) == true)
      #expect(model.weights == before)
    }
  }

  @Test("a model that never learned has no moments")
  func nothing() throws {
    try withFolder { folder in
      try randomModel(.odd).save(folder)
      #expect(!File.exists(folder + "/" + OptimizerFile.name))
    }
  }
}
