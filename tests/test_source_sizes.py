import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "maskwright"
MODULES = sorted(SOURCE.rglob("*.py"))


def test_no_file_has_more_than_300_lines() -> None:
    long = {str(path): count for path in MODULES if (count := len(path.read_text("utf-8").splitlines())) > 300}
    assert not long


def test_no_function_has_more_than_40_lines() -> None:
    long = [
        f"{path.name}: {node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert not long


def test_no_folder_holds_more_than_15_modules() -> None:
    folders = {path.parent for path in MODULES}
    counts = {str(folder): len([path for path in MODULES if path.parent == folder]) - 1 for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > 15} == {}
