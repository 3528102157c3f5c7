"""The forms in which tests are written: statements, functions and classes of pytest, classes of unittest. Follows counting.py."""

import ast
import inspect
import sys


class Forms:
    """Runs the tests."""

    def __init__(self, bench, plan):
        self.bench, self.plan, self.tally, self.names = bench, plan, bench.tally, bench.names
        self.fixtures = {}

    def run(self):
        self.put_in_stand_ins()
        for statement, fails in zip(self.plan.body, self.plan.failing):
            if not self.count(lambda: self.value(statement), fails):
                break
        kept, self.kept = [], {}
        for node in self.plan.own.values():
            value = self.names.get(node.name)
            if hasattr(value, "__fixture__"):
                self.fixtures[value.__fixture__ or node.name] = value
            elif self.is_test(node, value):
                kept.append((node, value))
        if not kept and not any(self.plan.failing):
            kept = self.check()
        if not kept and not any(self.plan.failing):
            raise Broken("the tests count nothing: they have no assertion that is reached, no call that can fail, no test function or class")
        for node, value in kept:
            self.run_form(node, value)

    def value(self, statement):
        value = self.bench.run(statement, self.plan.flags)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, COMPARISONS):
            return bool(value)
        return value

    def check(self):
        """HumanEval's `check(candidate)`, where nobody calls it."""
        node = self.plan.own.get("check")
        if node in self.plan.uncalled and isinstance(node, FUNCTIONS) and self.bench.entry in self.names:
            if self.plan.function_fails("check") and len(node.args.args) == 1:
                entry = self.names[self.bench.entry]
                return [(node, lambda check=self.names["check"]: check(entry))]
        return []

    def is_test(self, node, value):
        if isinstance(node, ast.ClassDef):
            case = getattr(sys.modules.get("unittest"), "TestCase", None)
            if case and isinstance(value, type) and issubclass(value, case):
                return True
            return isinstance(value, type) and node.name.startswith("Test") and node in self.plan.uncalled
        return node.name.startswith("test") and node in self.plan.uncalled and callable(value)

    def put_in_stand_ins(self):
        if "pytest" in self.plan.modules:
            sys.modules["pytest"] = PytestStandIn("pytest")
        if "unittest" in self.plan.modules:
            import unittest
            unittest.main = lambda *arguments, **keywords: None
        if "asyncio" in self.plan.modules:
            import asyncio
            run = asyncio.run
            asyncio.run = lambda main, **more: wait_here(main) if isinstance(main, Remote) else run(main, **more)

    def count(self, work, fails):
        """Does something that may count its own tests; what counts none counts as one where it can fail. False: it ends all."""
        tally, goes_on = self.tally, True
        before = tally.passed + tally.failed
        value = None
        try:
            value = work()
        except SystemExit as error:
            goes_on = False
            if error.code not in (None, 0, False):
                tally.note_failure(error)
        except (Gone, Broken):
            raise
        except BaseException as error:
            if type(error).__name__ == "Skipped" or type(error).__name__ == "SkipTest":
                tally.skipped = tally.skipped or str(error) or "skipped"
                return True
            tally.note_failure(error)
            fails = False
        if fails and tally.passed + tally.failed == before:
            tally.passed += value is not False
            tally.failed += value is False
            tally.note = tally.note or ("a test returns False" if value is False else "")
        return goes_on

    def run_form(self, node, value):
        if not isinstance(node, ast.ClassDef):
            return self.run_function(value, node)
        unittest = sys.modules.get("unittest")
        if unittest and issubclass(value, unittest.TestCase):
            return self.run_cases(unittest, value)
        if "__init__" in value.__dict__:
            raise Broken(f"the test class '{node.name}' has an __init__, so pytest does not run it")
        self.call_if_there(value, "setup_class")
        for name in [name for name in dir(value) if name.startswith("test")]:
            function = inspect.getattr_static(value, name)
            function = getattr(function, "__func__", function)

            def work(*arguments, **keywords):
                test = value()
                for place in ("setup_method", "setup"):
                    self.call_if_there(test, place)
                try:
                    return getattr(test, name)(*arguments, **keywords)
                finally:
                    self.call_if_there(test, "teardown_method")
            self.run_function(function, node, work, getattr(value, "pytestmark", []))
        self.call_if_there(value, "teardown_class")

    @staticmethod
    def call_if_there(owner, name):
        if hasattr(owner, name):
            function = getattr(owner, name)
            function(*[None] * len(inspect.signature(function).parameters))

    def run_function(self, function, node, work=None, marks=()):
        work = work or function
        marks = list(marks if isinstance(marks, (list, tuple)) else [marks]) + list(getattr(function, "pytestmark", []))
        rows = [{}]
        for mark in marks:
            if mark.name == "skip" or mark.name == "skipif" and mark.arguments and mark.arguments[0]:
                self.tally.skipped = self.tally.skipped or str(mark.keywords.get("reason", "skipped"))
                return
            if mark.name == "xfail":
                self.tally.skipped = self.tally.skipped or "expected to fail"
                return
            if mark.name == "parametrize":
                rows = [{**row, **more} for row in rows for more in parameters(mark)]
        wanted = [
            name for name, parameter in inspect.signature(function).parameters.items()
            if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
        if work is not function:
            wanted = wanted[1:]  # self
        for row in rows:
            def one():
                given = {name: row[name] if name in row else self.fixture(name) for name in wanted}
                extra = {name: value for name, value in row.items() if name not in given}
                result = work(**given, **extra)
                return wait_here(result) if inspect.iscoroutine(result) else result
            self.count(lambda: None if one() is None else None, True)

    def fixture(self, name):
        if name not in self.fixtures:
            raise Broken(f"the tests use the fixture '{name}', which is not known")
        function = self.fixtures[name]
        wanted = list(inspect.signature(function).parameters)
        value = function(**{inner: self.fixture(inner) for inner in wanted})
        return next(value) if inspect.isgenerator(value) else value

    def run_cases(self, unittest, case):
        forms = self

        class Result(unittest.TestResult):
            def startTest(self, test):
                super().startTest(test)
                self.before = forms.tally.passed + forms.tally.failed

            def addSuccess(self, test):
                forms.tally.passed += forms.tally.passed + forms.tally.failed == self.before

            def addError(self, test, found):
                forms.tally.note_failure(found[1])

            addFailure = addError

            def addSubTest(self, test, subtest, found):
                if found is not None:
                    forms.tally.note_failure(found[1])

            def addSkip(self, test, reason):
                forms.tally.skipped = forms.tally.skipped or reason or "skipped"

            def addExpectedFailure(self, test, found):
                if isinstance(found[1], (Gone, Broken)):
                    raise found[1]
                forms.tally.passed += 1

            def addUnexpectedSuccess(self, test):
                forms.tally.failed += 1
                forms.tally.note = forms.tally.note or f"{test} succeeds unexpectedly"

        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(Result())


def wait_here(value):
    import asyncio
    if isinstance(value, Remote):
        return value._remote_channel.perform("await", value)
    return asyncio.run(value)


def parameters(mark):
    names, values = (list(mark.arguments) + [mark.keywords.get("argnames"), mark.keywords.get("argvalues")])[:2] if len(
        mark.arguments) != 1 else (mark.arguments[0], mark.keywords.get("argvalues"))
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    for value in values:
        if isinstance(value, Parameters):
            if any(inner.name in ("skip", "xfail") for inner in value.marks):
                continue
            value = value.values if len(names) > 1 else value.values[0]
        yield dict(zip(names, value)) if len(names) > 1 else {names[0]: value}
