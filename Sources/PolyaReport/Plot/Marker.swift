/// The marker of a line at its points. Its shape repeats the information of the color for readers who cannot
/// see it.
enum Marker {
  static func svg(x: Double, y: Double, style: Int, tooltip: String) -> HTML {
    let title: HTML = tooltip.isEmpty ? .empty : "<title>\(tooltip)</title>"
    let fill = style / 4 % 2 == 0 ? "mark" : "mark hollow"
    let kind: HTML = "class=\"\(fill) s\(style % 8)\""
    switch style % 4 {
    case 0:
      return "<circle \(kind) cx=\"\(px: x)\" cy=\"\(px: y)\" r=\"3.6\">\(title)</circle>"
    case 1:
      return
        "<rect \(kind) x=\"\(px: x - 3.3)\" y=\"\(px: y - 3.3)\" width=\"6.6\" height=\"6.6\">\(title)</rect>"
    case 2:
      let corners: HTML =
        "\(px: x),\(px: y - 4.4) \(px: x + 4.2),\(px: y + 3.2) \(px: x - 4.2),\(px: y + 3.2)"
      return "<polygon \(kind) points=\"\(corners)\">\(title)</polygon>"
    default:
      let sides: HTML =
        "\(px: x),\(px: y - 4.6) \(px: x + 4.6),\(px: y) \(px: x),\(px: y + 4.6) \(px: x - 4.6),\(px: y)"
      return "<polygon \(kind) points=\"\(sides)\">\(title)</polygon>"
    }
  }
}
