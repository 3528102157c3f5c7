internal import PolyaCommand

@main
struct Main {
  static func main() { CommandLineTool.main() }
}
