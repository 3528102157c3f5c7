/// Heuristics that say in which order to take the parts of the problem itself.
extension Catalogue {
  static let workingBackwards = CatalogueEntry(
    id: "working-backwards", family: "ordering", title: "Working backwards",
    idea: "Start from what is known at the end and undo each step.",
    instruction: "Work backwards: start from the end result and undo each step in turn.",
    worked: [
      (
        "Mia gave 12 of her stickers to her brother. Then her aunt doubled what she had left, and now she has "
          + "46. How many stickers did Mia have at first?",
        """
        Work backwards from the 46 stickers at the end.
        Before they were doubled there were 46 / 2 = 23.
        Before she gave 12 away there were 23 + 12 = 35.
        #### 35
        """
      ),
      (
        "A baker sold half of his rolls in the morning and 15 rolls in the afternoon. At closing time 20 rolls "
          + "were left. How many rolls did he bake?",
        """
        Work backwards from the 20 rolls at closing time.
        Before the afternoon there were 20 + 15 = 35.
        Before the morning took half there were 35 * 2 = 70.
        #### 70
        """
      ),
    ])

  static let decomposing = CatalogueEntry(
    id: "decomposing", family: "ordering", title: "Decomposing and recombining",
    idea: "Break the problem into parts, solve each, and put the parts together.",
    instruction: "Break the problem into parts, solve each part alone, and put the parts together.",
    worked: [
      (
        "A school gets 7 crates with 48 apples each and 35 loose apples. How many apples does it get?",
        """
        Break it into parts. Tens of the crates: 7 * 40 = 280. Ones of the crates: 7 * 8 = 56. Loose ones: 35.
        Put the parts together: 280 + 56 + 35 = 371.
        #### 371
        """
      ),
      (
        "A garden is a 12 m by 5 m strip joined to a 4 m by 6 m piece. A bag of seed is enough for 7 square "
          + "metres. How many bags does the garden need?",
        """
        Break it into parts. The strip: 12 * 5 = 60 square metres. The piece: 4 * 6 = 24 square metres.
        Put the parts together: 60 + 24 = 84 square metres.
        That takes 84 / 7 = 12 bags.
        #### 12
        """
      ),
    ])

  static let stepByStep = CatalogueEntry(
    id: "step-by-step", family: "ordering", title: "Step by step",
    idea: "Go forward in small steps and give the reason for each.",
    instruction: "Go forward in small numbered steps, and give the reason for each step.",
    worked: [
      (
        "Leo buys 3 notebooks at 4 dollars each and a pen for 5 dollars. He pays with 20 dollars. "
          + "How much change does he get?",
        """
        Step 1: the notebooks cost 3 * 4 = 12 dollars, because there are 3 at 4 dollars each.
        Step 2: all of it costs 12 + 5 = 17 dollars, because the pen comes on top.
        Step 3: the change is 20 - 17 = 3 dollars, because he gets back what he paid too much.
        #### 3
        """
      ),
      (
        "A pump puts 15 litres a minute into an empty tank of 240 litres, and a leak loses 3 litres a minute. "
          + "After how many minutes is the tank full?",
        """
        Step 1: each minute adds 15 - 3 = 12 litres, because the leak works against the pump.
        Step 2: it takes 240 / 12 = 20 minutes, because every minute adds the same.
        #### 20
        """
      ),
    ])
}
