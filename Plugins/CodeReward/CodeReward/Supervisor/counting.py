"""What of the tests counts: read off their text, so that no answer can make its tests vanish.

Everything that can fail counts: assertions one by one where they stand; otherwise a statement, a function or a method as
a whole.
"""

import ast
import itertools
import sys


class Tally:
    """Counts tests. Its methods are called from inside of the tests."""

    def __init__(self):
        self.passed = self.failed = 0
        self.note = self.skipped = ""

    def success(self):
        self.passed += 1

    def failure(self):
        self.note_failure(sys.exc_info()[1])

    def note_failure(self, error):
        if isinstance(error, (Gone, Broken)):
            raise error
        if isinstance(error, ImportError) and not getattr(error, "is_of_answer", False):
            raise Broken(f"the tests cannot be run: {describe(error)}")
        if not getattr(error, "is_counted", False):
            self.failed += 1
            self.note = self.note or describe(error)
        try:
            error.is_counted = True
        except Exception:
            pass


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = FUNCTIONS + (ast.ClassDef,)
COMPARISONS = (ast.Compare, ast.BoolOp, ast.UnaryOp)
RUNNERS = {"unittest.main", "pytest.main", "doctest.testmod", "main"}
EXITS = {"exit", "quit", "sys.exit", "os._exit", "os.abort"}
MAY_FAIL_UNCOUNTED = ("xfail", "expectedFailure")
OUTPUT = {"sys.stdout", "sys.stdin", "sys.stderr"}
NOT_HERE = {
    "redirect_stdout": "what the program prints", "redirect_stderr": "what the program prints", "capsys": "what the program prints",
    "capfd": "what the program prints", "capsysbinary": "what the program prints", "caplog": "what the program logs",
    "monkeypatch": "patching the program", "mocker": "patching the program", "tmp_path": "files of the program",
    "tmpdir": "files of the program"}


def path_of(node):
    """`a.b.c` as text; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        outer = path_of(node.value)
        return outer and f"{outer}.{node.attr}"
    return ""


def own_nodes(node):
    """A node with all in it that runs when it runs."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, DEFINITIONS + (ast.Lambda,)):
                waiting.append(child)
            elif isinstance(child, DEFINITIONS):
                waiting += child.decorator_list


class Counted(ast.NodeTransformer):
    """Each assertion is counted, and the tests go on after one that fails; but inside of `try` as Python does."""

    FRAME = "try: pass\nexcept BaseException: __tally__.failure()\nelse: __tally__.success()"
    CAUGHT = "try: pass\nexcept BaseException:\n    __tally__.failure()\n    raise\nelse: __tally__.success()"

    def __init__(self):
        self.count = self.depth = 0

    def visit_Assert(self, node):
        self.count += self.depth == 0
        frame = ast.parse(self.CAUGHT if self.depth else self.FRAME).body[0]
        for part in ast.walk(frame):
            ast.copy_location(part, node)
        frame.body = [node]
        return frame

    def visit_Try(self, node):
        self.depth += 1
        node.body = self.all(node.body)
        self.depth -= 1
        for handler in node.handlers:
            handler.body = self.all(handler.body)
        node.orelse, node.finalbody = self.all(node.orelse), self.all(node.finalbody)
        return node

    visit_TryStar = visit_Try

    def visit_With(self, node):
        # `with pytest.raises(AssertionError)` and the like want it raised.
        raises = any("raises" in ast.dump(item.context_expr).lower() or "suppress" in ast.dump(item.context_expr)
                     for item in node.items)
        self.depth += raises
        node.body = self.all(node.body)
        self.depth -= raises
        return node

    visit_AsyncWith = visit_With

    def visit_FunctionDef(self, node):
        if any(mark in ast.dump(item) for item in node.decorator_list for mark in MAY_FAIL_UNCOUNTED):
            return node
        depth, self.depth = self.depth, 0
        node.body = self.all(node.body)
        self.depth = depth
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def all(self, statements):
        return [self.visit(statement) for statement in statements]


class Plan:
    """What the text of the tests says about them, before anything runs."""

    def __init__(self, setup, tests, prompt):
        self.setup, self.tests = setup, tests
        head = head_of(prompt) if prompt.strip() else None
        trees = [setup, tests] + ([ast.parse(head)] if head else [])
        self.functions = {node.name: node for tree in trees for node in tree.body if isinstance(node, DEFINITIONS)}
        self.own = {node.name: node for node in tests.body if isinstance(node, DEFINITIONS)}
        self.imported = {
            (alias.asname or alias.name).split(".")[0] for tree in trees for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
        self.modules = {
            name.split(".")[0] for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])}
        self.flags = flags_of(tests)
        self.judged = {}
        self.failing = [self.can_fail(statement) for statement in tests.body]
        used = {
            node.id for statement in tests.body for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            and not (isinstance(statement, DEFINITIONS) and node.id == statement.name)}
        self.uncalled = [node for name, node in self.own.items() if name not in used]
        counted = Counted()
        self.body = [counted.visit(statement) for statement in tests.body]
        for statement in self.body:
            ast.fix_missing_locations(statement)
        self.count = counted.count

    def refuse_what_cannot_be_run(self):
        for node in ast.walk(self.tests):
            name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
            if name in NOT_HERE and name not in self.own:
                raise Broken(f"the tests depend on {NOT_HERE[name]} ('{name}'), which is not supported")
            if isinstance(node, ast.Attribute) and node.attr in ("redirect_stdout", "redirect_stderr"):
                raise Broken(f"the tests depend on what the program prints ('{node.attr}'), which is not supported")
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and path_of(node) in OUTPUT:
                raise Broken(f"the tests depend on what the program prints or reads ('{path_of(node)}'), which is not supported")
            if isinstance(node, (ast.ImportFrom, ast.Import)):
                names = [getattr(node, "module", None) or ""] + [alias.name for alias in node.names]
                if any(name in ("unittest.mock", "mock", "doctest") for name in names) or (
                        names[0] == "unittest" and "mock" in names):
                    raise Broken("the tests patch the program (mock) or are written in its text (doctest), which is not supported")

    def can_fail(self, node):
        """Whether it counts as a test when it ends well and nothing in it was counted."""
        if isinstance(node, DEFINITIONS):
            return False
        if isinstance(node, ast.Expr) and isinstance(node.value, COMPARISONS):
            return True
        return any(self.fails(part) for part in own_nodes(node))

    def fails(self, node):
        if isinstance(node, (ast.Assert, ast.Raise)):
            return True
        if not isinstance(node, ast.Call):
            return False
        path = path_of(node.func)
        name = path.split(".")[0]
        if path in EXITS:
            return not (node.args and isinstance(node.args[0], ast.Call)) and not self.is_zero(node)
        if path in RUNNERS and name not in self.own or path == "print":
            return False
        if name in self.functions:
            return self.function_fails(name)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else name
        return name in self.imported and last.lower().startswith(("assert", "check", "verify")) or last.startswith("assert")

    @staticmethod
    def is_zero(node):
        return not node.args or isinstance(node.args[0], ast.Constant) and not node.args[0].value

    def function_fails(self, name):
        if name not in self.judged:
            self.judged[name] = False  # while it is being looked at: it may call itself
            body = self.functions[name]
            nodes = ast.walk(body) if isinstance(body, ast.ClassDef) else itertools.chain.from_iterable(
                own_nodes(statement) for statement in body.body if not isinstance(statement, DEFINITIONS))
            inner = [
                part for statement in ast.walk(body) if isinstance(statement, FUNCTIONS) and statement is not body
                for part in ast.walk(statement)]
            self.judged[name] = any(
                self.fails(node) or isinstance(node, ast.Return) and node.value is not None
                for node in itertools.chain(nodes, inner))
        return self.judged[name]
