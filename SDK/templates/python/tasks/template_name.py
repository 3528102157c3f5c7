"""A source of tasks: sums of two numbers, and two ways to work them out. Pure: a task is a function of its place.

The pairs of three-digit numbers are counted through; every seventh pair belongs to the split "test", the others to
"train", so that no question stands in both. "larger" has four digits."""

TRAIN, TEST, LARGER = 694_285, 115_715, 81_000_000

splits = [
    {"name": "train", "help": "Three digits.", "count": TRAIN, "out_of_distribution": False},
    {"name": "test", "help": "Three digits, other pairs.", "count": TEST, "out_of_distribution": False},
    {"name": "larger", "help": "Four digits.", "count": LARGER, "out_of_distribution": True},
]

heuristics = [
    {"id": "step-by-step", "family": "ordering", "title": "step by step", "idea": "Add digit by digit and carry."},
    {"id": "decomposing", "family": "ordering", "title": "decomposing", "idea": "Split one number, add part by part."},
]


def draw(split, index, seed):
    """Walks through a whole split in strides, from where the seed says: no task comes twice. The stride is a prime
    that divides no count."""
    count = {"train": TRAIN, "test": TEST, "larger": LARGER}[split]
    at = (index * 2_654_435_761 + mix(seed)) % count
    number = {"train": at // 6 * 7 + 1 + at % 6, "test": at * 7, "larger": at}[split]
    digits = 4 if split == "larger" else 3
    low = 10 ** (digits - 1)
    return low + number // (9 * low), low + number % (9 * low), digits


def mix(seed):
    """A mixer of 64 bits: the finalizer of SplitMix64 (Steele, Lea & Flood 2014)."""
    mask = 2**64 - 1
    x = (seed + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def task(split, index, seed):
    a, b, digits = draw(split, index, seed)
    return {
        "key": f"sum-{a}-{b}", "question": f"What is {a} + {b}?", "reference": str(a + b), "reference_kind": "math",
        "kind": "sum", "level": digits, "metadata": {},
    }


def demonstrate(heuristic, split, index, seed):
    """A worked solution, ending in its final answer; None: the heuristic does not fit the task."""
    a, b, digits = draw(split, index, seed)
    if heuristic == "step-by-step":
        return step_by_step(a, b, digits)
    if heuristic == "decomposing":
        return decomposing(a, b, digits)
    return None


def step_by_step(a, b, digits):
    lines, carry = [], 0
    for place, name in enumerate(["Units", "Tens", "Hundreds", "Thousands"][:digits]):
        x, y = a // 10**place % 10, b // 10**place % 10
        lines.append(f"{name}: {x} + {y} + {carry} = {x + y + carry}.")
        carry = (x + y + carry) // 10
    return "\n".join(lines + [f"#### {a + b}"])


def decomposing(a, b, digits):
    lines, total = [], a
    for place in reversed(range(digits)):
        part = b // 10**place % 10 * 10**place
        lines.append(f"{total} + {part} = {total + part}.")
        total += part
    return "\n".join(lines + [f"#### {total}"])
