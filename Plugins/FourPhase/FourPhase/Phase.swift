/// The phases of G. Pólya, *How to Solve It* (1945), in their order.
enum Phase: String, CaseIterable {
  case understand, plan
  case carryOut = "carry-out"
  case lookBack = "look-back"

  /// What opens the reply of the phase.
  var heading: String {
    switch self {
    case .understand: "Understanding:"
    case .plan: "Plan:"
    case .carryOut: "Solution:"
    case .lookBack: "Looking back:"
    }
  }

  /// First words of the request: a base model that goes on by itself would write them.
  var opening: String {
    switch self {
    case .understand: "Understand the problem:"
    case .plan: "Devise a plan:"
    case .carryOut: "Carry out the plan:"
    case .lookBack: "Look back:"
    }
  }

  /// What is asked after the opening.
  var request: String {
    switch self {
    case .understand:
      "what is unknown, what is given, and what is the condition? Do not solve it yet."
    case .plan:
      "how does what is given lead to the unknown? Name the steps, but do not calculate yet."
    case .carryOut: "write the whole solution so that it can be read alone."
    case .lookBack:
      "check the result in another way. If it is wrong, write \"\(Revision.mark)\" and the whole right solution."
    }
  }

  /// For lists of options.
  var help: String {
    switch self {
    case .understand: "what is unknown, what is given, what is the condition"
    case .plan: "how the data lead to the unknown"
    case .carryOut: "the solution; cannot be left out"
    case .lookBack: "a check, which may revise the solution"
    }
  }
}
