internal import PolyaCore

extension TaskFile {
  /// The shape of the records.
  package enum Format: Sendable, Equatable {
    /// GSM8K: {"question", "answer"} with the reference after the last "####".
    case gsm8k
    /// MATH: {"problem"} with {"answer"}, or {"solution"} whose last \boxed{} is the reference.
    case math
    /// HumanEval: {"task_id", "prompt", "entry_point", "test"}.
    case humaneval
    /// MBPP, full ({"text", "test_setup_code", "test_list"}) or sanitized ({"prompt", "test_imports", "test_list"}).
    case mbpp
    /// MuSR: {"context", "questions": […]}, or {"narrative", "question", "choices", "answer_index"}.
    case musr
    /// BIG-Bench Hard: one document {"examples": [{"input", "target"}]}.
    case bbh
    /// SVAMP: one array of {"ID", "Body", "Question", "Answer", "Type"}.
    case svamp
    /// {"question", "choices", "answer" or "answer_index"}, as MMLU and ARC are kept.
    case multipleChoice
    /// {"prompt": text or chat, "reward_model": {"ground_truth"}}, as DAPO's training set.
    case dapo
    /// Rows of reasoning-gym: {"question", "answer", "metadata"}.
    case reasoningGym
    /// What `polya data convert` writes: {"id", "question", "reference", "reference_kind", "kind", "metadata"}.
    case polya
    /// Any JSON lines, by the names of their fields; all other fields are the task's metadata.
    case jsonl(question: String, reference: String, referenceKind: ReferenceKind)

    /// Where a file of any shape says what kind its references are of.
    package enum ReferenceKind: Sendable, Equatable, ExpressibleByStringLiteral {
      /// All are of this kind.
      case all(String)
      /// Each record says it in this field.
      case field(String)
      /// A record may say it in the field "reference_kind"; otherwise it is not known: "".
      case unsaid

      /// A kind for all.
      package init(stringLiteral value: String) { self = .all(value) }
    }

    /// - Parameter fields: names of the fields "question" and "reference"; "reference-kind", a kind for all records, or
    ///   "reference-kind-field", the field that says it; for `jsonl` only.
    package init(_ name: FormatName, fields: [String: String] = [:]) {
      switch name {
      case .gsm8k: self = .gsm8k
      case .math: self = .math
      case .humaneval: self = .humaneval
      case .mbpp: self = .mbpp
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

  /// What manifests and the command line call the formats.
  package enum FormatName: String, CaseIterable, Sendable {
    case gsm8k, math, humaneval, mbpp, musr, bbh, svamp
    case multipleChoice = "multiple-choice"
    case dapo
    case reasoningGym = "reasoning-gym"
    case polya, jsonl

    /// The format of this name.
    ///
    /// - Throws: with the nearest name.
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
