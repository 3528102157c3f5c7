"""Which of the blocks of an answer are its program. Follows answer.py, on both sides."""

import ast
import builtins

INPUT = {"input", "raw_input"}


def names_of(tree):
    found = defined(tree) | assigned(tree)
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def loads_of(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def tree_of(text):
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def blocks_of(job):
    """Indented lines are blocks only where the answer has no fence and is no program as a whole."""
    blocks, indented = job["blocks"], job["indented"]
    if not indented or is_code(programs(job["prompt"], job["entry"], blocks[0])[-1]):
        return blocks
    return indented


def chosen(blocks, names):
    """The last block that defines something of what is needed, and the others that define what is missing then."""
    if len(blocks) == 1:
        return 0, []
    trees = [tree_of(text) for text in blocks]
    place = next(
        (place for place in reversed(range(len(blocks)))
         if trees[place] and (defined(trees[place]) | assigned(trees[place])) & names), len(blocks) - 1)
    return place, [blocks[number] for number in completing(trees, place, names)]


def completing(trees, place, names=frozenset()):
    """The blocks that have to run before one, in their order: earlier ones for what they define or import, later ones for
    functions and classes only, for they may as well show how the program is used."""
    missing = set(names) | (loads_of(trees[place]) if trees[place] else set())
    missing -= names_of(trees[place]) if trees[place] else set()
    found = []
    for number in reversed(range(place)):
        if trees[number] and names_of(trees[number]) & missing:
            found.insert(0, number)
            missing = (missing | loads_of(trees[number])) - names_of(trees[number])
    missing -= {name for name in missing if hasattr(builtins, name)}
    missing -= stored_in(trees[place]) if trees[place] else set()
    for number in range(place + 1, len(trees)):
        if trees[number] and defined(trees[number]) & missing:
            found.append(number)
            missing = missing - names_of(trees[number])
    return found


def stored_in(tree):
    """The names that are variables or parameters somewhere."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)} | {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def reads_input(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in INPUT or isinstance(node, ast.Attribute) and node.attr == "stdin":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open" and node.args and (
                isinstance(node.args[0], ast.Constant) and node.args[0].value in (0, "/dev/stdin")):
            return True
    return False


def script(job):
    """The texts to run one after the other where a program reads and writes: of several blocks the last that reads."""
    blocks = blocks_of(job)
    trees = [tree_of(text) for text in blocks]
    reading = [place for place, tree in enumerate(trees) if tree and reads_input(tree)]
    place = reading[-1] if reading else len(blocks) - 1
    return [blocks[number] for number in completing(trees, place)], blocks[place]
