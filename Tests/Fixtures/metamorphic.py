"""Pairs of a gold answer and a completion whose verdict is known without any grader: rewritings that leave the answer what it is,
and changes that make another one of it. python3 metamorphic.py DATA SEED prints JSON lines {"gold", "completion", "right", "how"}."""
import fractions, json, pathlib, random, re, sys

DATA, RNG = pathlib.Path(sys.argv[1]), random.Random(int(sys.argv[2]))
FRAMES = [
    ("box", "We compute step by step.\n\nTherefore the final answer is $\\boxed{%s}$."),
    ("hashes", "Some steps lead to it.\n#### %s"),
    ("label", "We add both sides.\n\n**Answer:** $%s$"),
    ("sentence", "Simplifying, we see that the answer is $%s$."),
    ("German", "Wir rechnen nach. Die Antwort ist $%s$."),
    ("French", "On calcule. La réponse est $%s$."),
    ("Spanish", "Calculamos. La respuesta es $%s$."),
    ("Chinese", "计算可得，答案是 $%s$。"),
    ("thoughts", "<think>Perhaps \\boxed{-999}? No, that is not it.</think>\nThe result is $\\boxed{%s}$."),
    ("remark", "So we get $\\boxed{%s}$.\n\nLet me know if you want to see problem 2 as well!"),
    ("revision", "At first sight \\boxed{-999}. Wait, that is wrong. In fact it is \\boxed{%s}."),
]
INTEGER = re.compile(r"-?\d{1,9}")
FRACTION = re.compile(r"(-?)\\d?frac\{(\d{1,6})\}\{(\d{1,6})\}")
WORD = re.compile(r"\\text\{|\\mbox|\\textbf|\\mathrm|[A-Za-z]{3,}")


def boxed_in(solution):
    """The inside of the last box."""
    start = solution.rfind("\\boxed{")
    depth, index = 1, start + 7
    while 0 <= start and index < len(solution) and depth:
        depth += (solution[index] == "{") - (solution[index] == "}")
        index += 1
    return solution[start + 7:index - 1] if start >= 0 and not depth else ""


def golds():
    for name in ("math/math_test5000.jsonl", "math/math_train4500_derived.jsonl", "math/math500.jsonl", "grading/real_responses.jsonl"):
        for line in open(DATA / name):
            row = json.loads(line)
            gold = row.get("answer") or row.get("expected_answer") or row.get("gold") or boxed_in(row.get("solution", ""))
            if isinstance(gold, str) and gold.strip() and gold.count("{") == gold.count("}") and len(gold) < 300:
                yield gold.strip()
    for name in ("gsm8k/test.jsonl", "gsm8k/train.jsonl"):
        for line in open(DATA / name):
            yield json.loads(line)["answer"].split("####")[1].strip().replace(",", "")


def is_formula(gold):
    return not WORD.search(re.sub(r"\\[A-Za-z]+", "", gold)) and "\\text" not in gold and "\\begin" not in gold


def top_level(gold, separator=","):
    parts, depth, part = [], 0, ""
    for character in gold:
        depth += (character in "([{") - (character in ")]}")
        if character == separator and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    return parts + [part]


def is_list(gold):
    parts = top_level(gold)
    return len(parts) > 1 and is_formula(gold) and "=" not in gold and "_" not in gold and not re.search(r"\d,\s?\d{3}\b|,\\!", gold)


def rewritings(gold):
    for name, frame in FRAMES:
        yield name, frame % gold
    box = FRAMES[0][1]
    yield "braces", box % ("{" + gold + "}")
    yield "display style", box % ("\\displaystyle " + gold)
    yield "sizes", box % gold.replace("\\left", "").replace("\\right", "") if "\\left." not in gold and "\\right." not in gold else box % gold
    if is_formula(gold):
        yield "spaces", box % re.sub(r"(?<=[^\\{,])([+,=])", r" \1 ", gold).replace(",\\ !", ",\\!").replace(" , \\!", ",\\!") if not re.search(r"\d,\d{3}|,\\!|\{,\}", gold) else box % gold
        yield "fonts", box % gold.replace("\\frac", "\\dfrac").replace("\\dd", "\\d")
    if INTEGER.fullmatch(gold):
        number = int(gold)
        yield "unit", box % (gold + " \\text{ units}")
        yield "separators", box % f"{number:,}"
        yield "separators of LaTeX", box % f"{number:,}".replace(",", "{,}")
        yield "decimal", box % (gold + ".0")
        yield "fraction", box % f"\\frac{{{number * 3}}}{{3}}"
        yield "sum", box % f"{number - 7} + 7" if number > 7 else box % gold
        yield "only sentence", f"Altogether, this makes {gold}."
    found = FRACTION.fullmatch(gold)
    if found and int(found[3]):
        sign, upper, lower = found[1], int(found[2]), int(found[3])
        yield "expanded", box % f"{sign}\\frac{{{upper * 6}}}{{{lower * 6}}}"
        yield "slash", box % f"{sign}{upper}/{lower}"
        yield "sign below", box % (f"\\frac{{{upper}}}{{-{lower}}}" if sign else f"\\frac{{-{upper}}}{{-{lower}}}")
        rest = lower // fractions.Fraction(upper, lower).denominator
        value = fractions.Fraction(upper, lower)
        denominator = value.denominator
        while denominator % 2 == 0: denominator //= 2
        while denominator % 5 == 0: denominator //= 5
        if denominator == 1:
            digits = 0
            while (value * 10 ** digits).denominator != 1: digits += 1
            text = str(int(value * 10 ** digits)).rjust(digits + 1, "0")
            yield "as a decimal", box % (sign + (text[:-digits] + "." + text[-digits:] if digits else text))
    if is_list(gold):
        parts = top_level(gold)
        yield "order", box % ", ".join(part.strip() for part in reversed(parts))
        yield "and", box % (", ".join(part.strip() for part in parts[:-1]) + " \\text{ and } " + parts[-1].strip())


def changes(gold):
    boxed = lambda text: (FRAMES[0][1] if RNG.random() < 0.5 else FRAMES[3][1]) % text
    # A digit that does not stand in an exponent of one, in a coefficient of zero, or below a root.
    places = [match.start() for match in re.finditer(r"\d", gold)] if is_formula(gold) and not re.search(r"(?<!\d)[01]\^|\^\{?0|\[\d|(?<![\d.])0(?![\d.])|\\binom|\\pmod|!|0\.\\|\\overline|mod|(frac|sqrt) ?\d|frac\{[^}]*\}\d", gold) else []
    for place in RNG.sample(places, min(4, len(places))):
        other = RNG.choice([digit for digit in "123456789" if digit != gold[place]])
        yield "digit", boxed(gold[:place] + other + gold[place + 1:])
    if places:
        place = RNG.choice(places)
        yield "digit more", boxed(gold[:place + 1] + RNG.choice("123456789") + gold[place + 1:])
    number = INTEGER.fullmatch(gold)
    if number and int(gold) != 0:
        yield "sign", boxed(str(-int(gold)))
        yield "neighbor", boxed(str(int(gold) + RNG.choice([-1, 1])))
        yield "factor ten", boxed(gold + "0")
        yield "root", boxed(f"\\sqrt{{{abs(int(gold)) + 2}}}" if (abs(int(gold)) + 2) ** 0.5 != int(gold) else gold + "1")
        yield "almost", boxed(gold + ".01")
        yield "fraction of it", boxed(f"\\frac{{{gold}}}{{3}}")
        yield "not it", f"The answer is not {gold}."
        yield "below it", f"The answer is less than {gold}."
        yield "one of two", f"The answer is either {gold} or {int(gold) + 3}."
        yield "only thought", f"<think>It is \\boxed{{{gold}}}.</think>\nThe answer is \\boxed{{{int(gold) + 2}}}."
        yield "revised", f"The answer is \\boxed{{{gold}}}. Wait, that is wrong. The answer is \\boxed{{{int(gold) - 4}}}."
        yield "variable", boxed(gold + "x")
    if FRACTION.fullmatch(gold):
        sign, upper, lower = FRACTION.fullmatch(gold).groups()
        if int(upper) and int(lower):
            yield "sign", boxed(f"{'' if sign else '-'}\\frac{{{upper}}}{{{lower}}}")
            if upper != lower: yield "turned over", boxed(f"{sign}\\frac{{{lower}}}{{{upper}}}")
            yield "near", boxed(f"{sign}{int(upper) / int(lower) + 0.004:.3f}")
    inside = re.fullmatch(r"(\\left)?([(\[])(.*?)(\\right)?([)\]])", gold)
    if inside and is_formula(gold):
        parts = top_level(inside[3])
        if len(parts) == 2 and parts[0].strip() != parts[1].strip():
            yield "swapped", boxed(f"({parts[1].strip()}, {parts[0].strip()})") if inside[2] + inside[5] == "()" else boxed(f"{inside[2]}{parts[1].strip()}, {parts[0].strip()}{inside[5]}")
            other = {"(": "[", "[": "("}[inside[2]]
            yield "bracket", boxed(f"{other}{parts[0].strip()}, {parts[1].strip()}{inside[5]}")
    if is_list(gold):
        parts = [part.strip() for part in top_level(gold)]
        yield "one less", boxed(", ".join(parts[:-1])) if len(set(parts)) == len(parts) and len(parts) > 2 else boxed(", ".join(parts + ["-777"]))
        yield "one more", boxed(", ".join(parts + ["777"]))
    letters = set(re.findall(r"(?<![A-Za-z\\])[a-z](?![A-Za-z])", re.sub(r"\\[A-Za-z]+", " ", gold))) - {"e", "i", "d"}
    if is_formula(gold) and len(letters) == 1 and "=" not in gold and "\\in" not in gold and "<" not in gold and ">" not in gold and "\\le" not in gold and "\\ge" not in gold:
        letter = letters.pop()
        other = "q" if letter != "q" else "w"
        renamed = re.sub(r"(?<![A-Za-z\\])%s(?![A-Za-z])" % letter, other, gold)
        if renamed != gold: yield "name", boxed(renamed)
    if is_formula(gold) and gold[0] not in "-+\\([{" and "=" not in gold and "," not in gold and "\\pm" not in gold and not number and re.search(r"\d|[a-z]", gold) and gold[0] != "0":
        yield "minus before", boxed(f"-({gold})") if not re.search(r"[<>]|\\[lg]e|%", gold) else boxed(gold + "1")
        yield "plus one", boxed(f"{gold} + 1") if not re.search(r"[<>]|\\[lg]e|%|_", gold) and not gold.endswith(("\\circ", "\\circ}")) else boxed("1" + gold)


for gold in golds():
    for right, pairs in ((True, rewritings(gold)), (False, changes(gold))):
        for how, completion in pairs:
            print(json.dumps({"gold": gold, "completion": completion, "right": right, "how": how}))
