/// One of Pólya's ways to attack a question, as far as this world can demonstrate it.
public enum Heuristic: String, CaseIterable, Sendable {
  case analogy
  case workingBackwards = "working-backwards"
  case decomposing
  case auxiliaryElements = "auxiliary-elements"
  case stepByStep = "step-by-step"
  case brightIdea = "bright-idea"
  case specialization
  case settingUpEquations = "setting-up-equations"
  /// No advice at all: what a narrow model does on the bare question, see ``World/habit(_:seed:)``.
  case plain

  /// The name to show to people.
  public var title: String {
    switch self {
    case .analogy: "Analogy"
    case .workingBackwards: "Working backwards"
    case .decomposing: "Decomposing and recombining"
    case .auxiliaryElements: "Auxiliary elements"
    case .stepByStep: "Step by step"
    case .brightIdea: "Bright idea"
    case .specialization: "Specialisation"
    case .settingUpEquations: "Setting up equations"
    case .plain: "Plain"
    }
  }

  /// What the approach does in this world, in one line.
  public var idea: String {
    switch self {
    case .analogy: "solve a smaller problem of the same shape first, then carry its answer over"
    case .workingBackwards: "start from the end and undo every event"
    case .decomposing: "take the numbers or events apart, work on the parts, and put them back together"
    case .auxiliaryElements:
      "introduce a quantity that the question does not ask for but that makes the rest easy"
    case .stepByStep: "say what each event does, in the order of the story"
    case .brightIdea: "see the shortcut: the net change, or a nearby round number"
    case .specialization: "try an easy value and correct it by the difference that it makes"
    case .settingUpEquations: "call the unknown x, write down the condition, simplify"
    case .plain: "answer by habit"
    }
  }
}
