/// The chat templates of well-known model families, byte for byte as their publishers wrote them.
package enum BuiltInTemplates {
  private static let files: [(name: String, source: [UInt8])] = [
    ("chatml", PackageResources.chatml_jinja), ("llama3", PackageResources.llama3_jinja),
    ("qwen2.5", PackageResources.qwen2_5_jinja), ("qwen3", PackageResources.qwen3_jinja),
    ("phi-3", PackageResources.phi_3_jinja), ("gemma", PackageResources.gemma_jinja),
  ]

  /// The names by which options ask for a template.
  package static let names = files.map(\.name)

  /// The template's text; nil when there is none of this name.
  static func source(_ name: String) -> String? {
    files.first { $0.name == name }.map { String(decoding: $0.source, as: UTF8.self) }
  }
}
