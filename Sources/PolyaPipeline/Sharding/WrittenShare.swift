internal import PolyaCore

/// The folder of a share of a stage's shards, complete with a description of its files.
struct WrittenShare {
  let folder: String
  private static let description = "share.json"

  /// The complete folders of shares at the path of a stage's shards.
  static func all(in path: String) throws -> [WrittenShare] {
    guard Folder.exists(path) else { return [] }
    return try Folder.names(in: path).filter { !$0.hasPrefix(".") }.map {
      WrittenShare(folder: "\(path)/\($0)")
    }
  }

  /// What a share depends on and what it took.
  struct Facts {
    var stage, key: String
    var share: ShardShare
    /// The seals of the stages that it needs: models that are trained twice have the same key, and need not have the same weights.
    var needs: JSON
    /// What it asked of models, as in the journal.
    var usage: JSON
    /// The digests of its files, by name.
    var files: [String: String] = [:]
  }

  /// Writes the description.
  func seal(_ facts: Facts) throws {
    let members: JSON.Members = [
      "stage": .string(facts.stage), "key": .string(facts.key), "share": .string("\(facts.share)"),
      "needs": facts.needs, "usage": facts.usage,
    ]
    let document = try FolderSeal.document(members, of: folder, name: Self.description)
    try FileBytes.create("\(folder)/\(Self.description)", with: document)
  }

  /// Compares the folder with its description.
  ///
  /// - Throws: `corrupt` if something was changed, or belongs to another stage.
  func facts(stage: String, key: String) throws -> Facts {
    let place = "\(folder)/\(Self.description)"
    do {
      let json = try FolderSeal.read(place)
      guard json["stage"]?.string == stage, json["key"]?.string == key, let needs = json["needs"],
        let share = json["share"]?.string.flatMap({ ShardShare($0) }),
        case .object(let files)? = json["files"]
      else { throw PolyaError(.corrupt, "describes another share than one of '\(stage)', \(key)", at: place) }
      _ = try FolderSeal.verify(json, of: folder, name: Self.description, known: VerifiedFiles())
      let digests = Dictionary(files.map { ($0.key, $0.value["sha256"]?.string ?? "") }) { $1 }
      return Facts(
        stage: stage, key: key, share: share, needs: needs, usage: json["usage"] ?? [:], files: digests)
    } catch var error as PolyaError where [.corrupt, .file].contains(error.code) {
      error.hint = "delete \(folder), or write it again with the same polya run --shard"
      throw error
    }
  }
}
