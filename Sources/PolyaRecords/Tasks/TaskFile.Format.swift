internal import PolyaCore

extension TaskFile {
  /// The layout of the records in a file.
  package enum Format: Sendable, Equatable {
    /// GSM8K: {"question", "answer"} with the reference after the last "####".
    case gsm8k
    /// MATH: {"problem"} with {"answer"}, or with {"solution"} whose last \boxed{} is the reference.
    case math
    /// HumanEval: {"task_id", "prompt", "entry_point", "test"}.
    case humaneval
    /// MBPP, full ({"text", "test_setup_code", "test_list"}) or sanitized ({"prompt", "test_imports",
    /// "test_list"}).
    case mbpp
    /// MultiPL-E, HumanEval and MBPP in other languages: {"name", "language", "prompt", "tests"}.
    case multipleLanguages
    /// MuSR: {"context", "questions": […]}, or {"narrative", "question", "choices", "answer_index"}.
    case musr
    /// BIG-Bench Hard: one document {"examples": [{"input", "target"}]}.
    case bbh
    /// SVAMP: one array of {"ID", "Body", "Question", "Answer", "Type"}.
    case svamp
    /// Multiple choice, as in MMLU and ARC: {"question", "choices", "answer" or "answer_index"}.
    case multipleChoice
    /// DAPO's training set: {"prompt": text or chat, "reward_model": {"ground_truth"}}.
    case dapo
    /// Rows of reasoning-gym: {"question", "answer", "metadata"}.
    case reasoningGym
    /// The output of `polya data convert`: {"id", "question", "reference", "reference_kind", "kind",
    /// "metadata"}.
    case polya
    /// Any JSON lines, described by the names of their fields. All other fields become the task's metadata.
    case jsonl(question: String, reference: String, referenceKind: ReferenceKind)

    /// How the kind of a `jsonl` file's references is determined.
    package enum ReferenceKind: Sendable, Equatable, ExpressibleByStringLiteral {
      /// All references have this kind.
      case all(String)
      /// Each record states the kind in this field.
      case field(String)
      /// A record may state the kind in the field "reference_kind"; otherwise it is unknown, "".
      case unsaid

      /// Creates a kind that all references have.
      package init(stringLiteral value: String) { self = .all(value) }
    }

    /// Creates a format from its name.
    ///
    /// - Parameter fields: For `jsonl` only: the names of the fields "question" and "reference", and either
    ///   "reference-kind", the kind of all references, or "reference-kind-field", the field that states it.
    package init(_ name: FormatName, fields: [String: String] = [:]) {
      switch name {
      case .gsm8k: self = .gsm8k
      case .math: self = .math
      case .humaneval: self = .humaneval
      case .mbpp: self = .mbpp
      case .multipleLanguages: self = .multipleLanguages
      case .musr: self = .musr
      case .bbh: self = .bbh
      case .svamp: self = .svamp
      case .multipleChoice: self = .multipleChoice
      case .dapo: self = .dapo
      case .reasoningGym: self = .reasoningGym
      case .polya: self = .polya
      case .jsonl:
        self = .jsonl(
          question: fields["question"] ?? "question", reference: fields["reference"] ?? "reference",
          referenceKind: fields["reference-kind"].map { .all($0) }
            ?? fields["reference-kind-field"].map { .field($0) } ?? .unsaid)
      }
    }
  }

  /// The names of the formats in manifests and on the command line.
  package enum FormatName: String, CaseIterable, Sendable {
    case gsm8k, math, humaneval, mbpp
    case multipleLanguages = "multipl-e"
    case musr, bbh, svamp
    case multipleChoice = "multiple-choice"
    case dapo
    case reasoningGym = "reasoning-gym"
    case polya, jsonl

    /// Returns the format with a name.
    ///
    /// - Throws: If there is none, with the nearest name as a hint.
    package init(named name: String) throws {
      guard let format = Self(rawValue: name) else {
        throw PolyaError(
          .configuration, "there is no format '\(name)'",
          hint: Suggestion.hint(for: name, among: Self.allCases.map(\.rawValue)))
      }
      self = format
    }
  }
}
