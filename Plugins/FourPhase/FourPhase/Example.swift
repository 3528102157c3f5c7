/// A question worked in all phases.
struct Example {
  let question: String
  let understanding, plan, solution, lookBack: String

  func text(of phase: Phase) -> String {
    switch phase {
    case .understand: understanding
    case .plan: plan
    case .carryOut: solution
    case .lookBack: lookBack
    }
  }

  /// Built in. The second look-back finds a mistake, so that a model sees what a revision looks like.
  static let all = [
    Example(
      question:
        "A cinema has 18 rows of 24 seats. On Friday 387 tickets were sold. How many seats stayed empty?",
      understanding:
        "Unknown: the number of empty seats. Given: 18 rows, 24 seats in each, 387 tickets. Condition: every ticket "
        + "takes one seat.",
      plan: "Find the number of all seats from rows and seats in a row. Take away the seats with a ticket.",
      solution: """
        There are 18 * 24 = 432 seats.
        Of these 387 are taken, so 432 - 387 = 45 stayed empty.
        #### 45
        """,
      lookBack: "Taken and empty seats must make all of them: 387 + 45 = 432. They do, so the result stands."),
    Example(
      question:
        "A fence of 30 m has a post every 5 m, with one at each end. A post costs 12 dollars. What do the posts cost?",
      understanding:
        "Unknown: the cost of all posts. Given: 30 m of fence, 5 m between posts, 12 dollars a post. Condition: there is "
        + "a post at both ends.",
      plan: "Find how many gaps there are, from them the number of posts, and multiply by the price.",
      solution: """
        There are 30 / 5 = 6 posts.
        They cost 6 * 12 = 72 dollars.
        #### 72
        """,
      lookBack: """
        A fence of 5 m would have one gap and two posts, so there is one post more than there are gaps. The solution \
        counted gaps.
        Revised solution:
        There are 30 / 5 = 6 gaps, and with a post at both ends 6 + 1 = 7 posts.
        They cost 7 * 12 = 84 dollars.
        #### 84
        """),
  ]
}
