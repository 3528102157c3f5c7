/// Heuristics that go by way of another problem.
extension Catalogue {
  static let analogy = CatalogueEntry(
    id: "analogy", family: "relating", title: "Analogy",
    idea: "Solve a similar, easier problem and carry its solution over.",
    instruction: "Solve a similar problem with easier numbers first, then do the same with the given ones.",
    worked: [
      (
        "One dollar buys the same number of pencils however many you take, and 24 pencils cost 6 dollars. "
          + "How many dollars do 60 pencils cost?",
        """
        A similar problem with easier numbers: at 2 pencils for a dollar, 10 pencils cost 10 / 2 = 5 dollars.
        Here a dollar buys 24 / 6 = 4 pencils.
        In the same way 60 pencils cost 60 / 4 = 15 dollars.
        #### 15
        """
      ),
      (
        "A train travels 180 km in 3 hours. How many kilometres does it travel in 7 hours at that speed?",
        """
        A similar problem with easier numbers: who walks 10 km in 2 hours makes 10 / 2 = 5 km an hour, \
        and 5 * 3 = 15 km in 3 hours.
        In the same way the train makes 180 / 3 = 60 km an hour.
        In 7 hours that is 60 * 7 = 420 km.
        #### 420
        """
      ),
    ])

  static let specialisation = CatalogueEntry(
    id: "specialisation", family: "relating", title: "Specialisation",
    idea: "Try one easy value, see how far off it is, and correct it.",
    instruction: "Try an easy special case, see how far it is from what is given, and correct it by that.",
    worked: [
      (
        "A farmer has chickens and goats with 20 heads and 56 legs in all. How many goats are there?",
        """
        Try a special case: all 20 are chickens. They would have 20 * 2 = 40 legs.
        That is 56 - 40 = 16 legs too few, and a goat in place of a chicken adds 4 - 2 = 2 legs.
        So there are 16 / 2 = 8 goats.
        #### 8
        """
      ),
      (
        "Two numbers add up to 90, and one is four times the other. What is the larger number?",
        """
        Try a special case: the smaller number is 1. Then the larger is 4 * 1 = 4 and the sum is 1 + 4 = 5.
        The sum must be 90, which is 90 / 5 = 18 times as much.
        So the larger number is 4 * 18 = 72.
        #### 72
        """
      ),
    ])

  static let auxiliaryElements = CatalogueEntry(
    id: "auxiliary-elements", family: "relating", title: "Auxiliary elements",
    idea: "Bring in a helper quantity that the question does not mention.",
    instruction: "Introduce a helper quantity that makes the problem simpler, and use it to find the answer.",
    worked: [
      (
        "Tom and Ana have 50 marbles together. Ana has 8 more than Tom. How many marbles does Tom have?",
        """
        Introduce a helper: the total if Ana put her 8 extra marbles aside. It is 50 - 8 = 42.
        With the helper both have the same, so Tom has 42 / 2 = 21.
        #### 21
        """
      ),
      (
        "A shop sells 9 jars on a good day. In 6 days, 4 were good and 2 fell short by 4 jars each. "
          + "How many jars did it sell?",
        """
        Introduce a helper: the sales of 6 good days. They are 9 * 6 = 54 jars.
        The helper counts 4 * 2 = 8 jars too many.
        So the shop sold 54 - 8 = 46 jars.
        #### 46
        """
      ),
    ])
}
