/// The normal form of a final answer. A further kind of answer is one more case here, one more step in `AnswerParser`
/// and one more line in `AnswerComparison`.
indirect enum Answer: Equatable, Sendable {
  /// `percent`: written with a percent sign, so that the value stands for a hundredth of it. `decimals`: of a decimal
  /// with so many digits that it may stand for a number that has no end; 0 otherwise.
  case number(Rational, percent: Bool, decimals: Int = 0)
  /// Ordered parts in brackets: a tuple, a point, an interval.
  case tuple([Answer], open: UInt8, close: UInt8)
  /// Parts whose order says nothing: `3, 5, 7`, `{3, 5, 7}`, `3 and 5`, `\pm 3`.
  case collection([Answer])
  /// Several intervals or sets in any order, joined by a union sign.
  case union([Answer])
  /// Rows of equal length.
  case matrix([[Answer]])
  /// A formula, compared by value; the spelling helps where it cannot be computed.
  case expression(Expression, AnswerText)
  case relation(Relation, AnswerText)
  /// Anything else, compared by its spelling.
  case text(AnswerText)
}

/// An answer that is compared by how it is spelled.
struct AnswerText: Equatable, Sendable {
  /// Without spaces and redundant braces.
  var compact: [UInt8]
  /// The lowercased letters and digits of something that reads as words, not as a formula.
  var words: [UInt8]?

  /// `surface`: a part of a `MathSurface`.
  init(surface: ArraySlice<UInt8>) {
    compact = Self.compact(surface)
    words = Self.words(compact)
  }

  private static func compact(_ surface: ArraySlice<UInt8>) -> [UInt8] {
    let dense = surface.filter { !$0.isSpace && $0 != MathSurface.quote }
    var result: [UInt8] = []
    var i = 0
    while i < dense.count {
      let previous = result.last
      let next = i + 1 < dense.count ? dense[i + 1] : nil
      switch dense[i] {
      case UInt8(ascii: "{")
      where (previous == UInt8(ascii: "^") || previous == UInt8(ascii: "_"))
        && i + 2 < dense.count && dense[i + 2] == UInt8(ascii: "}"):
        result.append(dense[i + 1])
        i += 2
      case UInt8(ascii: "*") where !(previous?.isDigit ?? true && next?.isDigit ?? true): break
      default: result.append(dense[i])
      }
      i += 1
    }
    return result
  }

  private static func words(_ compact: [UInt8]) -> [UInt8]? {
    var longest = 0
    var run = 0
    for byte in compact {
      run = byte.isLetter || byte >= 0x80 ? run + 1 : 0
      longest = max(longest, run)
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "<"),
        UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "("):
        return nil
      default: continue
      }
    }
    guard longest >= 2 else { return nil }
    return compact.filter { $0.isLetter || $0.isDigit || $0 >= 0x80 }.map(\.lowercased)
  }
}
