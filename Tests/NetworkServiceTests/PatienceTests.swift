import NetworkService
import Testing

struct PatienceTests {
  /// The example of RFC 9110, 5.6.7, whose seconds Python's `calendar.timegm` gives, and dates around leap days.
  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
    ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("soon", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
    ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", nil),
  ]) func dates(_ text: String, _ seconds: Int?) { #expect(HTTPDate.seconds(text) == seconds) }

  @Test func aServerSaysHowLongToWait() {
    #expect(Patience.retryAfter("7", now: 0) == 7)
    #expect(Patience.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_770) == 7)
    #expect(Patience.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: 1e9) == 0)
    #expect(Patience.retryAfter("-3", now: 0) == nil && Patience.retryAfter("nan", now: 0) == nil)
  }

  @Test func waitsGrowAreBoundedAndSpread() {
    let patience = Patience()
    for failures in 1...40 {
      let full = min(30, 0.5 * Double(1 << min(failures - 1, 30)))
      for number in [0, 1, 77, -5, .max] {
        let wait = patience.wait(after: failures, of: number)
        #expect(wait >= full / 2 && wait <= full, "\(failures) \(number) \(wait)")
        #expect(wait == patience.wait(after: failures, of: number))
      }
    }
    let spread = (0..<200).map { patience.wait(after: 1, of: $0) }
    #expect(Set(spread.map { Int($0 * 40) }).count == 10, "all of the ten parts from 0.25 to 0.5 s")
  }
}
