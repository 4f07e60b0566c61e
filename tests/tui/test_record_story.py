"""A session recorded line by line, repeated, and answered the same by `solve --json`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from modelpick.__main__ import main
from modelpick.tui.app import ModelpickApp, Options
from tests.tui.stories import SMALL, Story, tell


def unsigned(told: dict[str, object]) -> dict[str, object]:
    """Without the signs beside figures, which the screen draws by itself."""
    return {key: value for key, value in told.items() if key != "marks"}


def ended_app(path: Path, options: Options) -> ModelpickApp:
    """An app that ends by itself: its options cannot be used."""
    app = ModelpickApp(path, None, options=options)

    async def run() -> None:
        async with app.run_test() as pilot:
            await Story(app, pilot).until(lambda: app._exit)

    asyncio.run(run())
    return app


def test_a_record_is_readable_and_its_replay_is_what_solve_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, lines = tmp_path / "mine.toml", tmp_path / "lines.txt"
    path.write_text(SMALL)

    async def first(story: Story) -> None:
        await story.on("min_quality")
        await story.press("enter", *"65", "enter", "u", "ctrl+r")
        await story.on("max_models")
        await story.press("d", "a", "n", *"night 夜", "enter")
        await story.on("default")
        await story.press("enter", *"day", "enter")
        await story.solved()
        ends.append(story.document.routing)

    async def again(story: Story) -> None:
        assert (
            story.document.routing == ends[0] and "night 夜" in story.screen and "mine.toml *" in story.screen
        )
        plan = story.document.plan
        assert plan is not None
        screens.append(json.loads(plan.model_dump_json()))
        await story.press("s")
        await story.until(lambda: "routes" in path.read_text())
        await story.press(*"uuu")
        assert story.document.routing.labels["default"].min_quality == 65

    ends: list[object] = []
    screens: list[dict[str, object]] = []
    tell(first, path, options=Options(record=lines))
    assert lines.read_text().splitlines()[1:] == [
        "set labels.default.min_quality = 65",
        "undo",
        "redo",
        "drop labels.default.max_models",
        'set labels."night 夜" = { requests = 100, input_tokens = 1000, output_tokens = 100 }',
        'rename labels.default = "day"',
    ]
    tell(again, path, options=Options(replay=lines))
    with pytest.raises(SystemExit):
        main(["solve", str(path), "--json"])
    solved = json.loads(capsys.readouterr().out, object_hook=unsigned)
    for key in ("status", "cost", "quality", "labels"):
        assert (
            solved[key] == pytest.approx(screens[0][key]) if key == "cost" else solved[key] == screens[0][key]
        )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("sett a = 1", "line 1: 'sett' is no edit (did you mean 'set'?)"),
        (
            "# x\n\nset labels.defalt.requests = 1",
            "line 3: labels.defalt: no such label (did you mean 'default'?)",
        ),
        ("drop labels.default.max_latency", "line 1: labels.default.max_latency: is not set"),
        ("undo", "line 1: nothing to undo"),
        (f"set{'t' * 1_000} a = 1", f"line 1: 'set{'t' * 37}...' is no edit; there are"),
        ("set labels.default.min_quality = 101", "line 1: labels.default.min_quality"),
        ("and set limits.budget = 1", "line 1: there is no edit before it"),
        ('rename labels.none = "x"', "line 1: labels.none: no such label"),
    ],
)
def test_a_bad_line_is_named_and_ends_with_status_2(tmp_path: Path, lines: str, said: str) -> None:
    path, script = tmp_path / "mine.toml", tmp_path / "lines.txt"
    path.write_text(SMALL)
    script.write_text(lines)
    app = ended_app(path, Options(replay=script))
    assert app.return_code == 2 and f"{script}: {said}" in str(app.failure)


def test_a_record_is_never_written_over_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    app = ended_app(path, Options(record=path))
    assert "no earlier record" in str(app.failure) and path.read_text() == SMALL
