/// The places of a sequence at which something holds, ready to be asked for any range at once: loops over the sentence
/// of every word would take the square of the answer's length.
struct Occurrences {
  /// In order.
  let places: [Int]
  /// How many places stand before each index, the end included.
  private let before: [Int32]

  /// - Parameter length: of the sequence; fewer than 2^31.
  init(in length: Int, where holds: (Int) -> Bool) {
    var places: [Int] = []
    var before: [Int32] = []
    before.reserveCapacity(length + 1)
    for index in 0..<length {
      before.append(Int32(places.count))
      if holds(index) { places.append(index) }
    }
    before.append(Int32(places.count))
    self.places = places
    self.before = before
  }

  /// How many places stand before an index: the number that the next one has.
  func count(before index: Int) -> Int { Int(before[index]) }

  /// Which of the places are in a range.
  func numbers(in range: Range<Int>) -> Range<Int> {
    count(before: range.lowerBound)..<count(before: range.upperBound)
  }

  func contains(in range: Range<Int>) -> Bool { !numbers(in: range).isEmpty }

  func first(from index: Int) -> Int? {
    let number = count(before: index)
    return number < places.count ? places[number] : nil
  }

  func last(in range: Range<Int>) -> Int? {
    let numbers = numbers(in: range)
    return numbers.isEmpty ? nil : places[numbers.upperBound - 1]
  }
}
