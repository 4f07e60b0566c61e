"""A comment on a pull request at GitHub that is written once and then kept up to date: action.yml runs this.

`python -m modelpick.engine.adapters.github_comment REPORT.md [--only-update]`: the report's first line, an
HTML comment, is the marker by which the comment is known again. Address, repository, number and token come
from the environment, as GitHub's runner sets them: GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST and
GITHUB_TOKEN.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import InputError
from .disk import read_text
from .network import in_clear, masked

if TYPE_CHECKING:
    import httpx

MAX_COMMENT = 65_536  # characters that GitHub takes
_CUT = "\n\n(Cut here, as GitHub takes no longer comments; the job's summary has all of it.)"
_PAGE = 100  # comments asked for at once, GitHub's most
_MAX_PAGES = 30  # older comments than 3,000 are not looked at
_SECONDS = 30.0


def keep_comment(report: str, environment: Mapping[str, str], *, only_update: bool = False) -> str:
    """Write the report as a comment, in place of an earlier one with its marker; what was done, in words.

    `only_update`: where there is no earlier one, none is written. Raises InputError: no marker, what is
    missing in the environment, an address in clear, or what GitHub answers.
    """
    import httpx

    marker = report.partition("\n")[0].strip()
    if not (marker.startswith("<!--") and marker.endswith("-->")):
        raise InputError("its first line is no marker such as <!-- modelpick -->", where="report")
    api, repository, number, token = (
        _setting(environment, name)
        for name in ("GITHUB_API_URL", "GITHUB_REPOSITORY", "PULL_REQUEST", "GITHUB_TOKEN")
    )
    if in_clear(api):
        raise InputError("GITHUB_TOKEN would go in clear over the network: it is no https://", where=api)
    body = {"body": report if len(report) <= MAX_COMMENT else report[: MAX_COMMENT - len(_CUT)] + _CUT}
    comments = f"{api.rstrip('/')}/repos/{repository}/issues"
    headers = {
        "authorization": f"Bearer {token}",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }
    try:
        with httpx.Client(headers=headers, timeout=_SECONDS, mounts={"http://": None}) as client:
            earlier = _earlier(client, f"{comments}/{number}/comments", marker)
            if earlier is not None:
                answer = client.patch(f"{comments}/comments/{earlier}", json=body)
            elif only_update:
                return "no comment written: there is none to bring up to date"
            else:
                answer = client.post(f"{comments}/{number}/comments", json=body)
            written = _content(answer)
    except httpx.HTTPError as error:
        raise InputError(masked(f"cannot be reached ({error})", token), where=api) from None
    return f"{'updated' if earlier is not None else 'written'}: {written.get('html_url', 'the comment')}"


def _setting(environment: Mapping[str, str], name: str) -> str:
    setting = environment.get(name, "").strip()
    if not setting:
        raise InputError(f"{name} is not set", where="comment")
    return setting


def _earlier(client: httpx.Client, address: str, marker: str) -> int | None:
    """The id of the first comment that begins with the marker."""
    for page in range(1, _MAX_PAGES + 1):
        comments = _content(client.get(address, params={"per_page": _PAGE, "page": page}))
        for comment in comments:
            if str(comment.get("body") or "").lstrip().startswith(marker):
                return int(comment["id"])
        if len(comments) < _PAGE:
            break
    return None


def _content(answer: httpx.Response) -> Any:
    """What GitHub answers. Raises InputError where that is a refusal, or no JSON."""
    if not answer.is_success:
        hint = ""
        if answer.status_code in (401, 403, 404):
            hint = "; the job needs `permissions: pull-requests: write`, which a fork's has not"
        raise InputError(f"answered {answer.status_code}{hint}", where=str(answer.url))
    try:
        return answer.json()
    except ValueError:
        raise InputError("answered no JSON", where=str(answer.url)) from None


def main(words: list[str]) -> int:
    """Run as a program: what was done on standard output; 1 where no comment could be written."""
    files = [word for word in words if not word.startswith("--")]
    try:
        sys.stdout.write(
            keep_comment(read_text(Path(files[0])), os.environ, only_update="--only-update" in words) + "\n"
        )
    except InputError as error:
        # The runner shows this line with the job; the report itself is in its summary.
        sys.stdout.write(f"::warning title=modelpick::no comment: {' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
