"""Names that a router would expand, or that turn or end a line, are refused; other names stay."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.engine.adapters.routers import ROUTERS, json5, router_module, yaml_text
from modelpick.engine.adapters.routers.base import Target
from modelpick.engine.adapters.routers.export import ExportRequest, export_routing
from modelpick.engine.adapters.routers.text import render_settings
from modelpick.engine.adapters.routers.values import escaped
from modelpick.engine.adapters.routing_file import load_catalog, load_routing
from modelpick.engine.domain.errors import InputError

EXPANDED = [
    "{file:~/.ssh/id_rsa}",
    "{env:AWS_SECRET_ACCESS_KEY}",
    "$AWS_SECRET_ACCESS_KEY",
    "${AWS_SECRET_ACCESS_KEY}",
    "$(id)",
    "{{ secrets.KEY }}",
    "{% include x %}",
]
UNSEEN = ["\\u0000", "\\u001B[2J", "\\u009B", "\\u0007", "\\u202E", "\\u2066", "\\u2028", "\\u007F"]


def files(folder: Path, *, base: str = "https://a.example", id_: str = "big", label: str = "default") -> Path:
    (folder / "C").write_text(
        f'schema = 1\nas_of = 2026-11-23\n[providers.openrouter]\napi = "openai"\nbase_url = "{base}"\n'
        f'[models.big]\ncontext = 100000\n[offers."openrouter/big"]\nid = "{id_}"\n'
        "input = 1.0\noutput = 2.0\n"
    )
    (folder / "R").write_text(
        f'schema = 1\n[labels."{label}"]\nrequests = 10\ninput_tokens = 10\noutput_tokens = 10\n'
    )
    return folder


def run(folder: Path, router_name: str, *words: str) -> int:
    with pytest.raises(SystemExit) as done:
        main(["export", router_name, str(folder / "R"), "--catalog", str(folder / "C"), *words])
    return int(str(done.value.code))


@pytest.mark.parametrize("name", [*EXPANDED, *UNSEEN, "os.environ/KEY"])
@pytest.mark.parametrize("router_name", [name for name in ROUTERS if name != "claude-code"])
def test_an_id_and_an_address_that_would_be_expanded_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], router_name: str, name: str
) -> None:
    out = tmp_path / "out"
    address = name if name.startswith("os.") else f"https://a.example/{name}"
    for given, key in (({"id_": name}, "offers.openrouter/big.id"), ({"base": address}, "base_url")):
        assert run(files(tmp_path, **given), router_name, "-o", str(out)) == 2
        told = capsys.readouterr().err
        assert key in told and not out.exists()
        assert not any(sign in told for sign in "\0\x1b\x9b\x07\u202e\u2066\u2028\x7f")


def test_a_label_that_would_be_expanded_is_refused_and_ones_own_words_are_not(tmp_path: Path) -> None:
    assert run(files(tmp_path, label="{env:KEY}"), "litellm") == 2
    assert run(files(tmp_path, label="質問 応答"), "litellm") == 0
    assert run(files(tmp_path, label="50 $ a day {x}"), "portkey") == 0
    assert run(files(tmp_path, id_="Org/Model-v1.0:free@x"), "opencode") == 0


def test_a_note_is_one_line_that_yaml_takes(tmp_path: Path) -> None:
    target: Target = router_module("aider").TARGET
    note = "label \x1b[31m\x9b\0 and\u202e more\nand more"
    text = render_settings({"model": "a/b"}, None, target, [note], "x")
    assert text.count("\n") == 2 and yaml_text.load(text, "x") == {"model": "a/b"}
    assert "\\x1b[31m\\x9b\\x00 and\\u202e more and more" in text
    assert escaped("質問 応答 é 👩‍👩‍👧") == "質問 応答 é 👩‍👩‍👧"


def test_what_would_not_be_read_again_is_not_written() -> None:
    """JSON5 makes of a key 1 the text "1"."""
    with pytest.raises(InputError, match="not written, as read again it would say something else"):
        render_settings({1: "a"}, None, router_module("opencode").TARGET, [], "x")


def test_every_router_writes_what_its_parser_reads(tmp_path: Path) -> None:
    files(tmp_path)
    routing, catalog = load_routing(tmp_path / "R"), load_catalog(tmp_path / "C")
    for name in ROUTERS:
        if name == "claude-code":  # needs a provider that speaks Anthropic's protocol
            continue
        text = export_routing(routing, catalog, date(2026, 11, 23), ExportRequest(name, None)).text
        read = yaml_text.load if router_module(name).TARGET.yaml else json5.load
        assert isinstance(read(text, name), dict)
