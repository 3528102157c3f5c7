package import PolyaCore

extension Message {
  /// The stored form.
  package var json: JSON { ["role": .string(role), "content": .string(content)] }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "message")
    self.init(role: try fields.string("role"), content: try fields.string("content"))
  }
}
