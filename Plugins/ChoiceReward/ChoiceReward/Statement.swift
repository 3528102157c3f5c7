/// A place of a completion that says "this is my answer".
struct Statement: Equatable {
  /// The tokens of the answer.
  var scope: Range<Int>
  /// A box or a tag, which holds nothing but the answer.
  var isContainer: Bool
}
