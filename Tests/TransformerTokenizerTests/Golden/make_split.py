"""Writes Fixtures/split.json: the pieces into which Hugging Face tokenizers splits texts by the expressions of published
models, as numbers of code points, and the places of the pieces that each behavior leaves of them.

Usage: python make_split.py   (needs tokenizers; the file is committed)
"""
import json
import os

from tokenizers import Regex, pre_tokenizers

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
HEAD = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
EXPRESSIONS = {
    "gpt2": GPT2, "gpt2 as a group": f"(?:{GPT2})",
    "qwen2": HEAD + r"\p{N}" + TAIL, "llama3": HEAD + r"\p{N}{1,3}" + TAIL, "qwen2 as a group": f"(?:{HEAD}" + r"\p{N}" + f"{TAIL})",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "o200k": rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
             rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
             r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "deepseek digits": r"\p{N}{1,3}", "deepseek han": "[一-龥぀-ゟ゠-ヿ]+",
    "deepseek": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
                " ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "deepseek words": r"\s?\p{L}+", "falcon": "[0-9][0-9][0-9]",
    "every part": r"(?:a|(b|c)d(?=e))?x|[^\S\r\n]{2,}|\P{L}{2}z?|e{3}f{2,4}",
}
TEXTS = ["", "Hello, World!", "  two  spaces\n\n\tand tabs  ", "it's 12345, THEY'LL they'Ve 'ſ x'", "naïve CaféBar – 日本語のカナ 🧮👩\u200d👩",
         "e\u0301 ॐ हिन्दी १२३ ½²Ⅷ", "a\r\n\r\n b \n c\u00a0\u3000d\u2028", "def f(x):\n    return x[1]*3.14//2 # ok\n", "$x^2$ \\frac{1}{2}",
         "ax cdex bdx  z ..z ..z eeeff eeefffff", "한국어 русский عربى ǅǆ ʰʱ", "'", " ", "\n", "!!!\n\n/a/b", "iPhone USAToday don'T", "\u200b \u0085x"]

rows = []
for name, source in EXPRESSIONS.items():
    split = pre_tokenizers.Split(Regex(source), "isolated")
    rows.append({"name": name, "source": source,
                 "pieces": [[len(piece) for piece, _ in split.pre_tokenize_str(text)] if text else [] for text in TEXTS]})
BEHAVED = [("Regex", EXPRESSIONS["llama3"]), ("Regex", r"\p{N}{1,3}"), ("Regex", r"\s?\p{L}+"), ("Regex", "[a-c]"), ("String", " "),
           ("String", "l")]
BEHAVIORS = {"Removed": "removed", "Isolated": "isolated", "MergedWithPrevious": "merged_with_previous",
             "MergedWithNext": "merged_with_next", "Contiguous": "contiguous"}
behaved = []
for kind, source in BEHAVED:
    for name, behavior in BEHAVIORS.items():
        for invert in (False, True):
            split = pre_tokenizers.Split(Regex(source) if kind == "Regex" else source, behavior, invert=invert)
            behaved.append({"kind": kind, "source": source, "behavior": name, "invert": invert, "pieces": [
                [place for _, places in split.pre_tokenize_str(text) for place in places] if text else [] for text in TEXTS]})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "split.json")
with open(path, "w") as output:
    json.dump({"version": 1, "texts": TEXTS, "expressions": rows, "behaviors": behaved}, output, ensure_ascii=False, separators=(",", ":"))
