import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

import maskwright
from maskwright.findings.catalogue import FRAMEWORKS, GROUPS, Entry, catalogue, causes_of, ranks
from maskwright.findings.template import filled, template_fields

SOURCE = Path(maskwright.__file__).parent
VERBS = {"check", "train", "compare", "evaluate", "predict", "diagnose"}


def all_words() -> list[tuple[str, Entry]]:
    """Return every entry as it is and with each of its variants."""
    return [
        (f"{code} {variant}".strip(), entry.words(variant))
        for code, entry in catalogue().items()
        for variant in ("", *entry.variants)
    ]


@cache
def modules() -> Sequence[tuple[str, ast.Module]]:
    """Return every module outside findings/, by its path."""
    names = [path.relative_to(SOURCE).as_posix() for path in sorted(SOURCE.rglob("*.py"))]
    return [(n, ast.parse((SOURCE / n).read_text(encoding="utf-8"))) for n in names if not n.startswith("findings/")]


def calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_entry_has_all_its_words() -> None:
    for name, entry in all_words():
        assert entry.group in GROUPS, name
        for word in ("title", "meaning", "cost", "mechanism", "fix", "example"):
            assert getattr(entry, word), f"{name} has no {word}"
        assert entry.severity in ("error", "warning", "note"), name
        assert entry.raised_by, name


def test_titles_are_sentences_without_a_full_stop_and_no_two_codes_share_one() -> None:
    for name, entry in all_words():
        assert entry.title[0].isupper(), name
        assert not entry.title.endswith("."), name
        assert len(entry.title) <= 70, name
        assert not template_fields(entry.title), name
    titles = [entry.title for entry in catalogue().values()]
    assert len(titles) == len(set(titles))


def test_titles_state_what_is_so_and_ask_nothing() -> None:
    for name, entry in all_words():
        first, *rest = entry.title.split()
        assert first not in ("How", "Why", "What", "When", "Where"), name
        assert "?" not in entry.title, name
        capitals = [w for w in rest if w[0].isupper() and w not in PROPER and not w.isupper()]
        assert not capitals, f"{name}: {capitals}"


PROPER = frozenset({"BatchNorm", "IoU", "BatchNorm's", "NaN"})


def test_entries_refer_only_to_codes_commands_and_functions_that_exist() -> None:
    for code, entry in catalogue().items():
        assert set(entry.explains) <= set(catalogue()) - {code}, code
        for name in entry.raised_by:
            assert name in VERBS or callable(getattr(maskwright, name)), f"{code}: {name}"


def test_causes_are_the_other_side_of_explains() -> None:
    assert causes_of("threshold-off") == {"softmax-one-channel", "sigmoid-twice", "pred-symmetric"}
    assert "metric-flat" in catalogue()["lr-too-high"].explains


def test_every_fix_of_the_catalogue_can_be_filled_by_its_example() -> None:
    for name, entry in all_words():
        if entry.example:
            assert filled(entry.fix, entry.values), name


def test_every_code_is_raised_somewhere() -> None:
    strings = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(catalogue()) <= strings, f"never raised: {set(catalogue()) - strings}"


def test_detectors_spell_no_words_of_their_own() -> None:
    for name, tree in modules():
        own = [call.lineno for call in calls(tree, "Finding")]
        assert not own, f"{name}:{own}: use make_finding and the catalogue's words"


def test_detectors_name_codes_variants_and_fields_that_the_catalogue_has() -> None:
    for name, tree in modules():
        for call in calls(tree, "make_finding"):
            code = literal(call.args[0])
            if code is None:
                continue
            where = f"{name}:{call.lineno}: {code}"
            assert code in catalogue(), where
            given = {word.arg: word.value for word in call.keywords}
            variant = literal(given.get("variant")) if "variant" in given else ""
            if variant is None:
                continue
            assert not variant or variant in catalogue()[code].variants or variant in FRAMEWORKS, where
            fields = template_fields(catalogue()[code].words(variant).fix)
            values = given.get("values")
            if isinstance(values, ast.Dict):
                assert {literal(key) for key in values.keys} == fields, where
            elif values is None:
                assert not fields, where


MOST_WORDS = 25
FORBIDDEN = re.compile(
    r"\b(told|lest|anew|by heart|learnt|is no number|numbers? that (is|are) none|be it|splendid|whim|of the pen)\b",
    re.IGNORECASE,
)


def test_the_words_of_findings_are_plain_english() -> None:
    for name, entry in all_words():
        text = " ".join((entry.title, entry.meaning, entry.mechanism, entry.cost, entry.fix, entry.example))
        found = FORBIDDEN.search(text)
        assert found is None, f"{name}: {found[0]!r} in: {text}"


def test_messages_anywhere_in_the_package_are_plain_english() -> None:
    for name, tree in modules():
        quiet = {id(node) for statement in ast.walk(tree) for node in documentation(statement)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in quiet:
                text = literal(node) or ""
                assert " " not in text or FORBIDDEN.search(text) is None, f"{name}:{node.lineno}: {text}"


def documentation(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the strings that stand alone: docstrings and comments on constants, which no user sees."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value


def test_sentences_are_short() -> None:
    for name, entry in all_words():
        for text in (entry.meaning, entry.cost, entry.mechanism, entry.fix):
            prose = re.sub(r"`[^`]*`|\([^)]*\)", "x", text)
            longest = max(re.split(r"(?<=[.?!:;])\s+", prose), key=lambda sentence: len(sentence.split()))
            assert len(longest.split()) <= MOST_WORDS, f"{name}: {longest}"


def test_ranks_follow_the_order_of_the_groups() -> None:
    groups = [catalogue()[code].group for code in ranks()]
    assert groups == sorted(groups, key=GROUPS.index)


def test_an_unknown_variant_is_refused_and_a_framework_falls_back_to_the_entrys_own_words() -> None:
    entry = catalogue()["photo-flat"]
    assert entry.words("keras") == entry
    with pytest.raises(AssertionError, match="photo-flat has no variant 'no-such'"):
        entry.words("no-such")
