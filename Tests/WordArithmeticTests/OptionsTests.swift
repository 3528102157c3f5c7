import PolyaKit
import Testing

@testable import WordArithmetic

@Suite struct OptionsTests {
  @Test func `values become a world`() throws {
    let world = try World(
      options: OptionValues([
        "kinds": .list([.text("pair"), .text("start")]), "levels": .list([.integer(4), .integer(2)]),
        "numbers": .text("small"), "leak": .real(0.5), "slips": .real(0.25),
      ]))
    #expect(world.kinds == [.pair, .start])
    #expect(world.levels == [2, 4])
    #expect(world.numbers == .small)
    #expect(world.leak == 0.5)
    #expect(world.slips == 0.25)
  }

  @Test func `an empty list is refused with the choices`() {
    let values = OptionValues([
      "kinds": .list([]), "levels": .list([.integer(1)]), "numbers": .text("large"), "leak": .real(0),
      "slips": .real(0),
    ])
    let error = #expect(throws: OptionError.self) { try World(options: values) }
    #expect(error?.description.contains("chain, start, compare") == true)
  }

  @Test func `every option has a default and a help line`() {
    for option in WordArithmeticPlugin.options {
      #expect(option.defaultJSON != nil)
      #expect(option.help.hasSuffix("."))
    }
  }
}
