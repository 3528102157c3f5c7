/// Heuristics that look at the problem in another form, and the control.
extension Catalogue {
  static let brightIdea = CatalogueEntry(
    id: "bright-idea", family: "representing", title: "Bright idea",
    idea: "Find the one remark that makes the long way unnecessary.",
    instruction: "Look for one remark that makes the long calculation unnecessary, and use it.",
    worked: [
      (
        "Four parcels weigh 98, 99, 101 and 102 kg. How many kilograms do they weigh together?",
        """
        Notice that the weights come in pairs around 100: 98 + 102 = 200 and 99 + 101 = 200.
        So together they weigh 2 * 200 = 400 kg.
        #### 400
        """
      ),
      (
        "In a tournament of 32 players the loser of each match goes home. How many matches are played until "
          + "only the winner is left?",
        """
        Notice that every match sends exactly one player home, whatever the schedule.
        All but the winner go home, so there are 32 - 1 = 31 matches.
        #### 31
        """
      ),
    ])

  static let settingUpEquations = CatalogueEntry(
    id: "setting-up-equations", family: "representing", title: "Setting up equations",
    idea: "Name the unknown, write the condition as an equation, and solve it.",
    instruction: "Give the unknown a name, write the condition as an equation, and solve the equation.",
    worked: [
      (
        "A book costs 5 dollars more than two pens. The book and one pen cost 41 dollars together. "
          + "How many dollars does a pen cost?",
        """
        Let x be the price of a pen. The book costs 2x + 5.
        The equation is x + 2x + 5 = 41.
        So 3x = 41 - 5 = 36 and x = 36 / 3 = 12.
        #### 12
        """
      ),
      (
        "A rectangle is 3 m longer than it is wide, and its perimeter is 38 m. How many metres is it wide?",
        """
        Let x be the width. The length is x + 3.
        The equation is 2 * (x + x + 3) = 38, so 2x + 3 = 38 / 2 = 19.
        So 2x = 19 - 3 = 16 and x = 16 / 2 = 8.
        #### 8
        """
      ),
    ])

  /// No approach at all: what the others are compared with.
  static let plain = CatalogueEntry(
    id: "plain", family: "control", title: "Plain",
    idea: "No approach is asked for: the control.",
    instruction: "",
    worked: [
      (
        "Nora reads 14 pages a day. How many pages does she read in 9 days?",
        """
        She reads 14 * 9 = 126 pages.
        #### 126
        """
      ),
      (
        "Five children share 45 oranges equally, and each gives 2 of hers away. How many does each keep?",
        """
        Each child gets 45 / 5 = 9 oranges.
        She keeps 9 - 2 = 7.
        #### 7
        """
      ),
    ])
}
