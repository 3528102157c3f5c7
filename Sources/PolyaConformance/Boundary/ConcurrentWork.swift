/// Calls that several threads make at the same time.
///
/// Safety: The plugin does not declare that its instances share state, which is what is tested.
struct ConcurrentWork: @unchecked Sendable {
  let instances: [Instance]
  let functions: [WorkFunction]

  /// Returns whether an instance repeatedly gives the same results as it did alone.
  func gives(_ wanted: [String], _ index: Int, _ inputs: [Input]) -> Bool {
    var settings = CallSettings()
    settings.busy = 0.02
    do {
      let result = try instances[index].call(functions[index], inputs, settings)
      return result.rows == wanted && !result.isUnsteady
    } catch { return false }
  }
}
