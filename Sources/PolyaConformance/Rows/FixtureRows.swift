internal import PolyaCore

/// The checker's own rows for rewards: right, wrong, and odd answers for every kind of reference that polya
/// includes.
enum FixtureRows {
  static let rewards = #"""
    {"question":"Tom has 3 apples and buys 4 more. How many has he?","completion":"He has 3 + 4 = 7.\n#### 7","reference":"7","reference_kind":"math","metadata":{"level":1}}
    {"question":"What is 3 times 4?","completion":"So it is \\boxed{12}","reference":"12","reference_kind":"math"}
    {"question":"Solve 2x = 1.","completion":"x = 1/2","reference":"0.5","reference_kind":"math"}
    {"question":"How much is 20 + 22?","completion":"The answer is 43.","reference":"42","reference_kind":"math"}
    {"question":"Is (A) fire or (B) ice cold?\n(A) fire\n(B) ice","completion":"Fire is hot, so the answer is (B).","reference":"B","reference_kind":"choice","metadata":{"choices":["fire","ice"]}}
    {"question":"Sort: pear apple","completion":"Answer: apple pear","reference":"apple pear","reference_kind":"text"}
    {"question":"Write add.","completion":"```python\ndef add(a, b):\n    return a + b\n```","reference":"{\"tests\":\"assert add(1, 2) == 3\\nassert add(0, 0) == 0\",\"entry\":\"add\"}","reference_kind":"unit-tests"}
    {"question":"How can 17 * 6 be found?","completion":"First split 17 into 10 and 7. Then 60 + 42 = 102.","reference":"plan","reference_kind":"heuristic","transcript":[{"role":"user","content":"Make a plan first. How can 17 * 6 be found?"}]}
    {"question":"Tom has 3 apples and buys 4 more. How many has he?","completion":"The answer is 7.","reference":"7."}
    {"question":"Say yes.","completion":"yes","reference":"yes"}
    {"question":"Say yes.","completion":"No idea.","reference":"yes"}
    {"question":"Name the value.","completion":"½ − x₁ ≤ ٤٢ 👍 7","reference":"7","reference_kind":"math"}
    {"question":"How much is 999 + 1?","completion":"First we add. Then we check: 1000 - 1 = 999. So it is 1,000","reference":"1000","reference_kind":"math"}
    {"question":"How much is 1 + 1?","completion":" ","reference":"2","reference_kind":"math"}
    {"question":"","completion":"naïve","reference":"naïve","metadata":{"terms":[1,2]}}
    {"question":"Is it 7 or 8?","completion":"It is 7, or it is 8. Naïve. Zwölf.","reference":"8","reference_kind":"math","transcript":[{"role":"system","content":"Be brief."},{"role":"user","content":"Is it 7 or 8?"}]}
    """#
}
