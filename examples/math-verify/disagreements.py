"""disagreements.py ROWS FIRST SECOND: the rows on which two files of verdicts differ, as a table."""
import json
import sys

rows, first, second = ([json.loads(line) for line in open(name, encoding="utf-8")] for name in sys.argv[1:4])
assert [row["id"] for row in rows] == [row["id"] for row in first] == [row["id"] for row in second]


def word(verdict):
    return {"abstained": "abstains"}.get(verdict["outcome"], verdict["outcome"])


different = [(row, word(a), word(b)) for row, a, b in zip(rows, first, second) if word(a) != word(b)]
print(f"{len(rows)} rows, {len(rows) - len(different)} agreements, {len(different)} disagreements\n")
print(f"{'row':<24} {'math-verify':<12} {'math-answer':<12} {'completion':<44} reference")
for row, a, b in different:
    print(f"{row['id']:<24} {a:<12} {b:<12} {row['completion'].replace(chr(10), ' / '):<44} {row['reference']}")
