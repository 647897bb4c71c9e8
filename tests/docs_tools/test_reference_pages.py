import pytest

from docs_tools import api_page, cli_page, losses_page, networks_page, settings_page


@pytest.mark.parametrize("tool", [api_page, cli_page, losses_page, networks_page, settings_page])
def test_the_committed_reference_is_what_the_code_says(tool: object) -> None:
    page, path = tool.page, tool.PAGE  # type: ignore[attr-defined]
    assert path.read_text(encoding="utf-8") == page(), "run `make docs` and commit the pages"
