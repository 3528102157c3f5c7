internal import Glibc

/// The eigenvalues of a symmetric matrix by Jacobi rotations (Golub and Van Loan, Matrix Computations, 8.5).
enum SymmetricEigenvalues {
  /// Returns the eigenvalues in ascending order.
  ///
  /// - Parameter matrix: A square, symmetric matrix as an array of rows.
  static func of(_ matrix: [[Double]]) -> [Double] {
    var a = matrix
    let n = a.count
    for _ in 0..<100 {
      var off = 0.0
      for i in 0..<n { for j in 0..<i { off += a[i][j] * a[i][j] } }
      guard off > 1e-22 * Double(max(1, n)) else { break }
      for p in 0..<n { for q in (p + 1)..<max(n, p + 1) where a[p][q] != 0 { rotate(&a, p, q) } }
    }
    return (0..<n).map { a[$0][$0] }.sorted()
  }

  private static func rotate(_ a: inout [[Double]], _ p: Int, _ q: Int) {
    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    let t = (theta >= 0 ? 1.0 : -1) / (abs(theta) + sqrt(theta * theta + 1))
    let c = 1 / sqrt(t * t + 1)
    let s = t * c
    for k in a.indices {
      let (kp, kq) = (a[k][p], a[k][q])
      a[k][p] = c * kp - s * kq
      a[k][q] = s * kp + c * kq
    }
    for k in a.indices {
      let (pk, qk) = (a[p][k], a[q][k])
      a[p][k] = c * pk - s * qk
      a[q][k] = s * pk + c * qk
    }
  }
}
