internal import PolyaRecords

/// The provenance of the run: its plugins with their hashes, and the manifest.
struct ProvenanceSection {
  let plugins: [RunRecord.Plugin]
  let manifest: String

  func html() -> HTML {
    let rows = plugins.map { plugin -> HTML in
      """
      <tr><th scope="row">\(plugin.name)</th><td>\(plugin.id)</td><td>\(plugin.version)</td>\
      <td><code title="\(plugin.sha256)">\(String(plugin.sha256.prefix(12)))</code></td>\
      <td class="text"><code>\(plugin.file)</code></td></tr>

      """
    }
    let table: HTML =
      plugins.isEmpty
      ? .empty
      : """
      <section id="plugins"><h2>Plugins</h2>
      <div class="wide"><table><thead><tr><th>Name</th><th>Identifier</th><th>Version</th><th>SHA-256</th>\
      <th>File</th></tr></thead>
      <tbody>\(rows)</tbody></table></div></section>

      """
    return """
      \(table)<section id="manifest"><h2>Manifest</h2>
      <details><summary><b>Resolved manifest</b></summary><pre class="code">\(manifest)</pre></details></section>

      """
  }
}
