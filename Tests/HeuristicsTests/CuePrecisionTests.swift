import Testing

@testable import Heuristics

/// Sentences labelled by hand: by a reader's judgement, not by the cues. Most do not speak of a heuristic though they use
/// its words.
struct CuePrecisionTests {
  private static let sentences: [(label: String?, text: String)] = [
    ("restate", "In other words, we want the number of boys who stayed."),
    ("restate", "Put differently, the sum must not exceed 40."),
    ("draw-a-figure", "Let me draw a figure of the field with its fence."),
    ("introduce-notation", "Denote the ages by a and b."),
    ("separate-the-condition", "The second part of the condition says that it is odd."),
    ("is-it-determined", "Is it determined at all by these two sums?"),
    ("units-first", "The units say that I should divide kilometres by hours."),
    ("estimate-first", "A quick estimate gives about 600."),
    ("look-at-the-unknown", "The unknown is the length of the ladder."),
    ("known-result", "I use the known result that the angles add up to 180."),
    ("generalization", "Let us generalise to k rows."),
    ("extreme-case", "Consider the extreme case in which all the marbles are red."),
    ("auxiliary-problem", "As an auxiliary problem, find the number of odd divisors."),
    ("go-back-to-definitions", "By definition, a rhombus has four equal sides."),
    ("reformulate", "This amounts to asking how many pairs are coprime."),
    ("superposition", "By superposition the two currents can be found one at a time."),
    ("vary-the-data", "Vary the numbers a little: with 9 workers it would take 4 days."),
    ("drop-a-condition", "Drop the condition that the seats are numbered."),
    ("unitary-method", "For a single one the price is 4 dollars."),
    ("working-backwards", "Working backwards, she must have had 18 before lunch."),
    ("decomposing", "I break it into parts: the cylinder and the cone."),
    ("step-by-step", "Step 2: subtract the cost of the tickets."),
    ("cases", "Case 2: n is odd."),
    ("cases", "In the first case the train is late."),
    ("recursion", "With one tile placed, what remains is the same problem with a shorter strip."),
    ("pattern", "The pattern is that the last digit repeats every four powers."),
    ("systematic-list", "List all the ways by the number of quarters."),
    ("trial-and-improvement", "My first guess is 15, which is too low."),
    ("elimination", "This rules out 14 and 28."),
    ("tightest-first", "The most restrictive rule concerns the first digit."),
    ("act-it-out", "Let us act it out with twelve cards."),
    ("greedy", "Choose greedily the meeting that ends first."),
    ("halving", "By halving the interval we get closer to the root."),
    ("bright-idea", "Notice that 37 times 3 is 111."),
    ("setting-up-equations", "Let x be the number of adult tickets."),
    ("table", "I make a table of hours and pages."),
    ("number-line", "On a number line the two points are 11 apart."),
    ("graph", "Think of the towns as a graph."),
    ("symmetry", "By symmetry the other three corners are alike."),
    ("invariant", "The sum modulo 5 is an invariant."),
    ("parity", "Consider the parity of the number of heads."),
    ("complement", "The complement is easier: no die shows a one."),
    ("double-counting", "Count the pairs of a club and a member."),
    ("one-to-one", "These words correspond one-to-one to the subsets."),
    ("pigeonhole", "By the pigeonhole principle two of them agree."),
    ("bar-model", "Draw a bar of five equal pieces for the whole journey."),
    ("substitution", "A substitution makes it simple: take u for x plus y."),
    ("prime-factors", "The prime factors of 84 are 2, 2, 3 and 7."),
    ("remainders", "Work modulo 7 from here on."),
    ("coordinates", "Choose coordinates with the corner at zero."),
    ("telescoping", "The sum telescopes to its first and last term."),
    ("balancing", "The values above and below 50 balance out."),
    ("area-model", "Picture it as a rectangle of 17 by 12."),
    ("tree-diagram", "A tree diagram shows the eight outcomes."),
    ("venn-diagram", "In a Venn diagram 9 lie in the middle."),
    ("contradiction", "But then 7 would be even, a contradiction."),
    ("counterexample", "The number 9 is a counterexample."),
    ("contrapositive", "The contrapositive is easier to use."),
    ("induction", "By induction this holds for every number of lines."),
    ("two-bounds", "So 12 is an upper bound for the number of knights."),
    ("without-loss-of-generality", "Without loss of generality a is the smallest."),
    ("second-way", "A second way gives 84 as well."),
    ("limiting-case", "In the limiting case of no friction the time is 4 s."),
    ("use-all-data", "Have I used the 15 minutes of delay?"),
    ("inverse-check", "Put the answer back: 3 times 14 is 42, as it should be."),
    ("at-a-glance", "Now one can see it at a glance."),
    ("small-case-test", "Let me test it on a row of two houses."),
    // Words of heuristics that mean something else, or that name none.
    (nil, "She undid the knot and started again."), (nil, "The table in the kitchen seats six."),
    (nil, "A chocolate bar costs 2 dollars."), (nil, "The tree has twelve branches with nine apples each."),
    (nil, "Her bank balance is now 340 dollars."), (nil, "The floor has a pattern of red tiles."),
    (nil, "He drew a figure eight on the ice."), (nil, "In case of rain the match is called off."),
    (nil, "The court heard case after case."), (nil, "This can be done in two ways."),
    (nil, "The scarf was made by hand."), (nil, "Two circles touch each other from outside."),
    (nil, "He stood on the line and served."), (nil, "The remaining guests left at ten."),
    (nil, "The steps lead down to the cellar."), (nil, "A step of 20 cm is too high."),
    (nil, "The first part of the film lasts 40 minutes."), (nil, "The conditions in the mine were bad."),
    (nil, "There are three units of housing on the lot."), (nil, "The number is unknown to him."),
    (nil, "She generally walks to school."), (nil, "In general, people sleep eight hours."),
    (nil, "It was extremely cold that day."), (nil, "The party was as large as possible."),
    (nil, "He formulated a new recipe."), (nil, "The weather varies from day to day."),
    (nil, "He dropped the ball twice."), (nil, "One of them is red."),
    (nil, "He walked backwards out of the room."),
    (nil, "The actor played the king."), (nil, "She listed the house for sale."),
    (nil, "I would guess that he is at home."), (nil, "The greedy king wanted more gold."),
    (nil, "The cake was cut in half."), (nil, "He had no idea."), (nil, "The line is 12 cm long."),
    (nil, "The numbers are even."), (nil, "Both terms are odd."),
    (nil, "The pigeon flew to its hole in the wall."),
    (nil, "Prime beef costs 9 dollars a kilogram."), (nil, "The remainder of the class stayed."),
    (nil, "The area is 24 square metres."), (nil, "The rope is bound to the mast."),
    (nil, "At first glance he seemed tired."), (nil, "Check the bill before paying it."),
    (nil, "She used all the flour."), (nil, "The answer is 12."), (nil, "So 4 * 3 = 12."),
    (nil, "The second way to the lake is longer."), (nil, "He used a stepping stone to cross the brook."),
    (nil, "The engineer made an estimate of the costs for the client."),
    (nil, "Make a list of what you need at the shop."),
  ]

  @Test func nineOfTenLabelsAreRight() throws {
    let segmenter = CueSegmenter(try Catalog.builtIn())
    var (right, wrong, missed): (Int, [String], [String]) = (0, [], [])
    for sentence in Self.sentences {
      let labels = segmenter.segments(of: sentence.text).map(\.label)
      if labels == [sentence.label].compactMap(\.self) {
        right += labels.count
      } else if labels.isEmpty {
        missed.append(sentence.text)
      } else {
        wrong.append(sentence.text)
      }
    }
    let precision = Double(right) / Double(right + wrong.count)
    #expect(precision >= 0.9, "wrong: \(wrong)")
    #expect(Double(missed.count) <= 0.2 * Double(right), "missed: \(missed)")
    #expect(Self.sentences.count { $0.label == nil } >= 50)
  }
}
