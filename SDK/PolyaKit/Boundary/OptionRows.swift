internal import CPolya

extension PolyaOption {
  init(_ option: Option) {
    self.init()
    key = Descriptor.keep(option.key)
    help = Descriptor.keep(option.help)
    default_json = Descriptor.keep(option.defaultJSON ?? "")
    if option.isRequired { flags |= UInt32(POLYA_OPTF_REQUIRED) }
    if option.isList { flags |= UInt32(POLYA_OPTF_LIST) }
    real_min = -.infinity
    real_max = .infinity
    int_min = .min
    int_max = .max
    switch option.kind {
    case .bool: set(POLYA_OPT_BOOL)
    case .integer(let range):
      set(POLYA_OPT_INT)
      if let range { (int_min, int_max) = (range.lowerBound, range.upperBound) }
    case .real(let range):
      set(POLYA_OPT_REAL)
      if let range { (real_min, real_max) = (range.lowerBound, range.upperBound) }
    case .text: set(POLYA_OPT_TEXT)
    case .choice(let values):
      set(POLYA_OPT_CHOICE)
      choices = Descriptor.keep(
        values.map { PolyaChoice(value: Descriptor.keep($0.value), help: Descriptor.keep($0.help)) })
    case .path: set(POLYA_OPT_PATH)
    case .bytes: set(POLYA_OPT_BYTES)
    case .seconds: set(POLYA_OPT_SECONDS)
    case .secret: set(POLYA_OPT_SECRET)
    case .json: set(POLYA_OPT_JSON)
    case .model: set(POLYA_OPT_MODEL)
    }
  }

  private mutating func set<T: BinaryInteger>(_ type: T) { self.type = UInt32(type) }
}

extension OptionValues {
  /// The values are in the order of the descriptors.
  init(_ rows: PolyaRows, of options: [Option]) throws {
    guard Int(rows.count) == options.count else {
      throw Failure(.badArgument, "received \(rows.count) option values for \(options.count) options")
    }
    let values = rows.map(PolyaValue.self) { $0 }
    self.init(
      Dictionary(zip(options, values).map { ($0.key, Value($1, isList: $0.isList)) }) { first, _ in first })
  }
}

extension OptionValues.Value {
  init(_ value: PolyaValue, isList: Bool = false) {
    guard !isList || value.type == 0 else {
      self = .list(value.list.map(PolyaValue.self) { Self($0) })
      return
    }
    switch Int(value.type) {
    case 0: self = .absent
    case Int(POLYA_OPT_BOOL): self = .bool(value.integer != 0)
    case Int(POLYA_OPT_INT), Int(POLYA_OPT_BYTES): self = .integer(value.integer)
    case Int(POLYA_OPT_REAL), Int(POLYA_OPT_SECONDS): self = .real(value.real)
    default: self = .text(String(value.text))
    }
  }
}
