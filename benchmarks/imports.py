"""What a module really imports: the hash of a result's code covers these files and no others."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = {"maskwright": "src/maskwright", "benchmarks": "benchmarks"}
"""Packages whose files count, and where they lie below the root; other packages have versions."""


def code_of(modules: Iterable[str], *, root: Path = ROOT, stop: Sequence[str] = (), without: Sequence[str] = ()) -> str:
    """Return a hash of the files that `imported_files` gives."""
    digest = blake2b(digest_size=8)
    for file in imported_files(modules, root=root, stop=stop, without=without):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def imported_files(
    modules: Iterable[str], *, root: Path = ROOT, stop: Sequence[str] = (), without: Sequence[str] = ()
) -> list[Path]:
    """Return the files of `modules` and of everything that they import, directly or not, and the TOML files beside.

    Imports within functions count, those for type checkers do not. A module in `stop` counts, but what it imports
    does not; a module in `without`, or in a package of that name, does not count at all.
    """
    seen: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        file = _file_of(module, root)
        if file is None or module in seen or any(f"{module}.".startswith(f"{left}.") for left in without):
            continue
        seen[module] = file
        waiting += [parent for parent in _parents(module) if parent not in seen]
        if module not in stop:
            waiting += _imports(file.read_text(encoding="utf-8"))
    data = {toml for file in seen.values() if file.parent != root / "benchmarks" for toml in file.parent.glob("*.toml")}
    return sorted({*seen.values(), *data})


def _file_of(module: str, root: Path) -> Path | None:
    """Return the file of a module, None for modules of other packages and for names that are no modules."""
    package, _, rest = module.partition(".")
    if package not in PLACES:
        return None
    path = root / PLACES[package] / rest.replace(".", "/")
    candidates = (path / "__init__.py", path.with_suffix(".py")) if rest else (path / "__init__.py",)
    return next((file for file in candidates if file.is_file()), None)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


@cache
def _imports(code: str) -> tuple[str, ...]:
    """Return the modules that the code of a file imports; `from a import b` may mean the module a.b."""
    modules: list[str] = []
    for node in _nodes(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return tuple(modules)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node outside `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _nodes(node)
