"""Keys, themes and the mouse as a person wants them: from one file, checked, remembered."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from modelpick.engine.domain.errors import InputError
from modelpick.tui.app import Options, settled
from modelpick.tui.commands import keys as command
from modelpick.tui.keymap import check_keys, table
from modelpick.tui.settings import Settings, read_settings
from tests.tui.stories import Story, tell


def test_a_remapped_key_works_and_help_footer_and_first_steps_say_so(mine: Path) -> None:
    async def told(story: Story) -> None:
        await story.on("requests")
        await story.press("+", "u")
        assert story.document.routing.labels["default"].requests == 1_100  # u is no key any more
        assert "U Undo ^r Redo s Save" in story.screen  # in its old place
        await story.press("U")
        assert story.document.routing.labels["default"].requests == 1_000
        await story.press("question_mark", *"undo")
        assert "f9 U" in " ".join(story.screen.split()) or "U f9" in " ".join(story.screen.split())
        await story.press("escape", "f2")
        await story.until(lambda: "U undoes anything" in story.screen)
        await story.press("escape")
        assert "U undoes anything" not in story.screen

    settings = Settings(keys={"undo": "U,f9"})
    tell(told, mine, options=Options(settings))


def test_every_name_that_is_listed_can_be_remapped_and_every_action_has_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import argparse

    text, status = command.run(argparse.Namespace(json=False))
    assert status == 0 and "[keys]" in text and all(name in text for name in table())
    for name in ("undo", "save", "export", "review", "editor", "step_up", "help", "quit"):
        check_keys({name: "f12"}, Path("config.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\nundoo = 'u'", "keys.undoo: no key has that name (did you mean 'undo'?)"),
        ("[keys]\nundo = 's'", "keys.undo: 's' is the key of 'save' as well"),
        ("[keys]\nundo = 'a'", "keys.undo: 'a' is the key of 'add' as well"),
        ("[keys]\nundo = 'crtl+z'", "keys.undo: 'crtl' in 'crtl+z' is no modifier (did you mean 'ctrl'?)"),
        ("[keys]\nundo = 'pagedwn'", "keys.undo: there is no key 'pagedwn' (did you mean 'pagedown'?)"),
        ("[keys]\nbrowse_hide = 'j'", "keys.browse_hide: 'j' is the key of 'down' as well"),
        ("[keys]\nbrowse_hide = 'm'", "keys.browse_hide: 'm' is the key of 'browse_only' as well"),
        ("[keys]\nfrontier_log = 'l'", "keys.frontier_log: 'l' is the key of 'dearer' as well"),
        ("[keys]\nkeep = 'G'", "keys.keep: 'G' is the key of 'last' as well"),
        ("[keys]\nreview_copy = 'j'", "keys.review_copy: 'j' is the key of 'down' as well"),
        ("[keys]\ncolumn_left = 'space'", "keys.column_left: 'space' is the key of 'column_turn' as well"),
        ("[keys]\nadopt = 'ctrl+p'", "keys.adopt: 'ctrl+p' is the key of 'palette' as well"),
        ("[keys]\nundo = 'ctrl+i'", "keys.undo: 'tab' is the key of 'switch' as well"),
        ("[keys]\ncancel = 's'", "keys.cancel: 's' answers questions"),
        ("[keys]\nundo = 'shift+u'", "keys.undo: no terminal sends 'shift+u'; write 'U'"),
        ("[keys]\nundo = 'ctrl+U'", "keys.undo: no terminal sends 'ctrl+U'; write 'ctrl+u'"),
        ("[keys]\nundo = 3", "keys.undo: should be a key or several"),
        ("keys = 3", "keys: should be a table [keys], not 3"),
        ("thema = 'x'", "thema: unknown key (did you mean 'theme'?)"),
        (
            "theme = 'modelpick-lite'",
            "theme: no such theme 'modelpick-lite' (did you mean 'modelpick-light'?)",
        ),
        ("mouse = 'no'", "mouse: should be true or false, not 'no'"),
        ("mouse =", "not valid TOML"),
    ],
)
def test_a_bad_config_file_is_one_message_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        settled(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_two_keys_can_change_places(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('mouse = false\n[keys]\nundo = "s"\nsave = ["u", "ctrl+s"]\n')
    assert settled(path) == Settings(mouse=False, keys={"undo": "s", "save": "u,ctrl+s"})
    assert read_settings(tmp_path / "none.toml") == Settings()


def test_a_theme_is_remembered_and_the_rest_of_the_file_stays(tmp_path: Path, mine: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# mine\nmouse = false\n")

    async def told(story: Story) -> None:
        for theme in ("modelpick-light", "modelpick-contrast", "modelpick-ansi"):
            story.app.theme = theme
            await story.until(partial(lambda theme: theme in config.read_text(), theme))
            assert "requests" in story.screen and "optimal" in story.screen
            note = story.app.workbench.rules.get_component_rich_style("line--note", partial=True)
            assert bool(note.dim) is (theme == "modelpick-ansi")  # no hue of sixteen is quieter than the text

    tell(told, mine, options=Options(config=config))
    assert config.read_text().startswith("# mine\nmouse = false\n")
    assert settled(config).theme == "modelpick-ansi"


def test_keys_that_share_a_screen_as_they_come_may_be_written_down() -> None:
    """→ moves a slider, and the columns side by side: only one of the two has the keyboard."""
    for keys in ({"more": "right,l,f8"}, {"cancel": "escape,ctrl+c,f8"}, {"undo": "u,ctrl+z,f8"}):
        check_keys(keys, Path("config.toml"))
