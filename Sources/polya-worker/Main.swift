import PolyaHost

@main
enum Main {
  static func main() { PluginWorker.main() }
}
