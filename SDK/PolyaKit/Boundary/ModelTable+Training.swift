internal import CPolya

/// A tape behind a C pointer.
private final class TapeBox {
  let tape: Any

  init(_ tape: Any) { self.tape = tape }

  /// Takes the tape back, which is then consumed in any case.
  static func take(_ pointer: OpaquePointer) -> Any {
    Unmanaged<TapeBox>.fromOpaque(UnsafeRawPointer(pointer)).takeRetainedValue().tape
  }
}

extension TrainableModel {
  /// Opens the existential, since the tape's type is known only here.
  fileprivate func backward(erased tape: Any, _ gradients: [Gradient], _ call: Call) throws {
    guard let tape = tape as? Tape else { throw Failure(.badArgument, "the tape belongs to another model") }
    try backward(tape, gradients, call)
  }

  fileprivate func forwardErased(_ sequences: [TokenSequence], _ call: Call) throws -> ([Scored], Any) {
    let (scored, tape) = try forward(sequences, call)
    return (scored, tape)
  }
}

extension ModelTable {
  static func addingTraining(_ table: PolyaModel) -> PolyaModel {
    var table = table
    table.forward = forward
    table.backward = backward
    table.drop = drop
    table.step = step
    table.save = save
    return table
  }

  private static let forward:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaRows, PolyaRowsMut,
      UnsafeMutablePointer<OpaquePointer?>?
    ) -> PolyaStatus = { instance, call, input, output, out in
      serve(instance, call, as: { $0.trainable }) { model, scope in
        guard let out else {
          throw Failure(.badArgument, "'forward' was called without an output for the tape")
        }
        let (scored, tape) = try model.forwardErased(try readSequences(input, output), scope.call)
        writeScored(scored, to: output)
        out.pointee = OpaquePointer(Unmanaged.passRetained(TapeBox(tape)).toOpaque())
      }
    }

  private static let backward:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, OpaquePointer?, PolyaRows
    ) -> PolyaStatus = { instance, call, tape, input in
      serve(instance, call, as: { $0.trainable }) { model, scope in
        guard let tape else { throw Failure(.badArgument, "'backward' was called without a tape") }
        let taken = TapeBox.take(tape)
        try model.backward(erased: taken, readGradients(input), scope.call)
      }
    }

  private static func readGradients(_ input: PolyaRows) -> [Gradient] {
    input.map(PolyaGradient.self) { gradient in
      Gradient(
        logprobs: Array(copying: gradient.dlogprobs, count: gradient.count),
        entropies: Array(copying: gradient.dentropies, count: gradient.count))
    }
  }

  private static let drop: @convention(c) (OpaquePointer?, OpaquePointer?) -> Void = { _, tape in
    if let tape { _ = TapeBox.take(tape) }
  }

  private static let step:
    @convention(c) (
      OpaquePointer?, UnsafePointer<PolyaCall>?, UnsafePointer<PolyaStep>?,
      UnsafeMutablePointer<PolyaStepReport>?
    ) -> PolyaStatus = { instance, call, request, out in
      serve(instance, call, as: { $0.trainable }) { model, scope in
        guard let request = request?.pointee, let out else {
          throw Failure(.badArgument, "'step' was called without parameters")
        }
        let report = try model.step(
          OptimizerStep(
            learningRate: request.learning_rate, beta1: request.beta1, beta2: request.beta2,
            epsilon: request.epsilon, weightDecay: request.weight_decay, clipNorm: request.clip_norm,
            gradientScale: request.gradient_scale, index: Int(clamping: request.index)), scope.call)
        out.pointee.skipped = report.skipped ? 1 : 0
        out.pointee.step = UInt64(report.step)
        out.pointee.gradient_norm = report.gradientNorm
        out.pointee.update_norm = report.updateNorm
      }
    }

  private static let save:
    @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaText) -> PolyaStatus = {
      instance, call, folder in
      serve(instance, call, as: { $0.trainable }) { try $0.save(to: String(folder), $1.call) }
    }

  static let load: @convention(c) (OpaquePointer?, UnsafePointer<PolyaCall>?, PolyaText) -> PolyaStatus = {
    instance, call, folder in
    serve(instance, call, as: { $0.loadable }) { try $0.load(from: String(folder), $1.call) }
  }
}
