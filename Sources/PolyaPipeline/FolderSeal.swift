internal import PolyaCore

/// A JSON document that lists the size and digest of every file in a folder, together with a digest of
/// itself, so that accidental damage is detected when the folder is used again.
enum FolderSeal {
  /// Returns the bytes of the document: the given members, "files", and "seal".
  ///
  /// - Parameter name: The name of the document's own file in the folder.
  static func document(_ members: JSON.Members, of folder: String, name: String) throws -> [UInt8] {
    var members = members
    var files: JSON.Members = [:]
    for file in try Folder.files(in: folder) where file != name {
      let (sha256, bytes) = try FileBytes.digest(of: "\(folder)/\(file)")
      files[file] = ["bytes": JSON(bytes), "sha256": .string(sha256)]
    }
    members["files"] = .object(files)
    // Hash the parsed form, since numbers may be written differently from how they are stored.
    members["seal"] = .string(digest(try JSONParser.parse(JSON.object(members).compact)))
    return bytes(.object(members))
  }

  /// Reads a document and checks its seal.
  ///
  /// - Throws: `corrupt` if the document was changed or truncated.
  static func read(_ file: String) throws -> JSON {
    let text = try FileBytes.read(file)
    let json: JSON
    do { json = try JSONParser.parse(text, at: file) } catch let error as PolyaError {
      throw PolyaError(.corrupt, "is damaged: \(error.message)", at: file)
    }
    guard case .object(var members) = json, case .string(let seal)? = members["seal"] else {
      throw PolyaError(.corrupt, "has no seal: it is damaged, or was written by an older polya", at: file)
    }
    members["seal"] = nil
    guard digest(.object(members)) == seal, text == bytes(json) else {
      throw PolyaError(.corrupt, "does not match its seal: it was changed after it was written", at: file)
    }
    return json
  }

  /// Compares the folder with its document.
  ///
  /// - Returns: The files that the document does not list.
  ///
  /// - Throws: `corrupt` for the first file that is missing, truncated, or changed.
  static func verify(_ json: JSON, of folder: String, name: String, known: VerifiedFiles) throws -> [String] {
    guard case .object(let files)? = json["files"] else {
      throw PolyaError(.corrupt, "lists no files", at: "\(folder)/\(name)")
    }
    for (file, facts) in files {
      let path = "\(folder)/\(file)"
      guard let bytes = facts["bytes"]?.integer, let sha256 = facts["sha256"]?.string else {
        throw PolyaError(.corrupt, "gives no size or digest for '\(file)'", at: "\(folder)/\(name)")
      }
      guard let size = FileBytes.size(of: path) else { throw PolyaError(.corrupt, "is missing", at: path) }
      guard size == Int(bytes) else {
        throw PolyaError(.corrupt, "has \(size) bytes instead of \(bytes)", at: path)
      }
      guard try known.digest(of: path) == sha256 else {
        throw PolyaError(.corrupt, "was changed after it was written: its digest differs", at: path)
      }
    }
    return try Folder.files(in: folder).filter { $0 != name && files[$0] == nil }
  }

  private static func bytes(_ json: JSON) -> [UInt8] { Array((json.pretty + "\n").utf8) }

  private static func digest(_ json: JSON) -> String { SHA256.hex(of: json.compact.utf8) }
}
