import Foundation
import PolyaTestSupport
import Testing

/// Every single call by which a run changes its files is the last one once, and fails once; afterwards the same command
/// ends in the same bytes.
struct ResumeAttacks {
  private let tiny: TinyRun

  init() throws { tiny = try TinyRun() }

  private func countedCalls() throws -> Int {
    let counter = tiny.folder.path("calls")
    let counted = try tiny.run("counted", fault: "count:\(counter)")
    #expect(counted.status == 0, "\(counted.errors)")
    let text = try String(contentsOfFile: counter, encoding: .utf8)
    return try #require(Int(text.trimmingCharacters(in: .newlines)))
  }

  /// The instant after a call is that before the next one.
  @Test(arguments: ["before", "fail"]) func noCallIsThePointOfNoReturn(_ fault: String) throws {
    #expect(try tiny.run("whole").status == 0)
    let whole = try tiny.results("whole")
    let calls = try countedCalls()
    #expect(calls > 100, "the attack reaches the calls of every stage")
    let complaints = attack(Array(1...calls)) { number in
      let runs = "\(fault)-\(number)"
      defer { do { try FileManager.default.removeItem(at: tiny.folder.url.appending(path: runs)) } catch {} }
      let first = try tiny.run(runs, fault: "\(fault):\(number)")
      if fault == "fail", first.status != 0, !first.errors.contains("Input/output error") {
        return "the error does not say what happened: \(first.errors)"
      }
      if fault != "fail", first.status != 128 + 9 { return "was not killed: \(first.status)" }
      let last = try tiny.run(runs)
      guard last.status == 0 else { return "does not resume: \(last.errors)" }
      let differences = tiny.differences(whole, try tiny.results(runs))
      return differences.isEmpty ? nil : "other bytes in \(differences)"
    }
    #expect(complaints.isEmpty, "\(complaints.count) of \(calls): \(complaints.prefix(5))")
  }

  /// Killed again and again, each time one call later than the attempt before came.
  @Test func manyKillsInOneFolderEndInTheSameBytes() throws {
    #expect(try tiny.run("whole").status == 0)
    for number in stride(from: 3, through: 60, by: 3) {
      _ = try tiny.run("killed", fault: "after:\(number)")
    }
    let last = try tiny.run("killed")
    #expect(last.status == 0, "\(last.errors)")
    #expect(tiny.differences(try tiny.results("whole"), try tiny.results("killed")) == [])
  }

  @Test func aFullDiskEndsWithAnErrorAndNothingIsLost() throws {
    #expect(try tiny.run("whole").status == 0)
    let whole = try tiny.results("whole")
    let calls = try countedCalls()
    let complaints = attack(Array(stride(from: 1, through: calls, by: 7))) { number in
      let first = try tiny.run("full-\(number)", fault: "full:\(number)")
      guard first.status == 1, first.errors.contains("No space left on device") else {
        return "status \(first.status): \(first.errors)"
      }
      let last = try tiny.run("full-\(number)")
      guard last.status == 0 else { return "does not resume: \(last.errors)" }
      let differences = tiny.differences(whole, try tiny.results("full-\(number)"))
      return differences.isEmpty ? nil : "other bytes in \(differences)"
    }
    #expect(complaints.isEmpty, "\(complaints)")
  }
}
