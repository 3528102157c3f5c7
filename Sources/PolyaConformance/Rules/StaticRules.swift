/// Rules about the file that are checked without running it.
enum StaticRules {
  static let all = [
    RuleCheck("static.one-export", .must, "The file exports polya_plugin_entry and no other symbol.") {
      bench in
      let names = try bench.elf().exports.map(\.name)
      let others = names.filter { $0 != "polya_plugin_entry" }
      try require(names.contains("polya_plugin_entry"), "polya_plugin_entry is not exported")
      try require(
        others.isEmpty,
        "it also exports \(others.prefix(5).joined(separator: ", ")); "
          + "link with SDK/link/polya-plugin.map or compile with -fvisibility=hidden")
      return nil
    },
    RuleCheck("static.stack", .must, "The file does not ask for an executable stack.") { bench in
      try require(
        !(try bench.elf().hasExecutableStack), "it asks for an executable stack; link with -z noexecstack")
      return nil
    },
    RuleCheck("static.text-relocations", .must, "No code page must be written to when the file is loaded.") {
      bench in
      try require(!(try bench.elf().relocatesText), "it has text relocations; compile all of it with -fPIC")
      return nil
    },
    RuleCheck("static.search-path", .info, "Absolute folders in which the file looks for its libraries.") {
      bench in
      let folders = try bench.elf().searchPath.filter { $0.hasPrefix("/") }
      return folders.isEmpty ? "none" : folders.joined(separator: ", ")
    },
    RuleCheck("static.constructors", .info, "Functions that run when the file is loaded, before its entry.") {
      bench in
      let elf = try bench.elf()
      let unique = elf.exports.count(where: \.isUnique)
      return "\(elf.constructorCount) constructors, \(unique) unique symbols"
    },
  ]
}
