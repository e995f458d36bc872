# ruff: noqa: T201  (it talks to a terminal)
"""Takes the pictures of docs/screenshots: starts Candid with its demo study and walks through it.

Run it by `make screenshots`. Everything happens in a temporary data folder, which is removed.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "screenshots"
STUDY = "/s/achieveglobal-1999"
VARIED = "/s/four-regions-2026"
PASSWORD = "candid-demo"  # noqa: S105  (what seed_demo prints)
DESKTOP = {"width": 1280, "height": 860}
WHOLE_TABLE = {"width": 1280, "height": 1120}
WHOLE_PAGE = {"width": 1280, "height": 1400}
PHONE = {"width": 390, "height": 844}
LARGEST = 250_000  # bytes
SCREENED_TWICE = 8
UNLIKE = (2, 5)  # of them, those on which the second says something else
PICTURED = 4  # tables of the dashboard
STARTS_WITHIN = 600  # seconds
STORY = {
    "The situation": "A customer's parcel had gone to the wrong house two days before a birthday.",
    "What the provider did": (
        "The clerk rang the driver, found the parcel the same evening and brought it over on the"
        " way home, with a card from the shop."
    ),
    "What resulted": "The present was there in time.",
}
FILE = """\
id,region,what happened,valence,category,subcategory
1,Asia,The clerk walked me to the right desk and waited with me.,good,Help,Goes along
2,Asia,Nobody looked up for ten minutes.,bad,Waiting,No word
3,Europe,They called back the same day as promised.,good,Help,Calls back
"""


def main() -> None:
    """Take every picture, or say which page is not there."""
    FOLDER.mkdir(exist_ok=True)
    with _house() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        for take in (_analyst, _interviewer, _admin, _coder, _agreeing, _two_screeners):
            take(lambda role, **options: _signed_in(browser, address, role, **options))
        browser.close()
    _complain_of_large_ones()


# -- The walk ---------------------------------------------------------------------------------

SignIn = Callable[..., Page]


def _analyst(sign_in: SignIn) -> None:
    page = sign_in("analyst", viewport=WHOLE_TABLE)
    page.goto(f"{STUDY}/tables/")
    page.get_by_role("link", name="Strategies 5 categories").click()
    page.locator("table tfoot").wait_for()
    _take(page, "table")
    page.set_viewport_size(DESKTOP)
    page.locator("table tbody td a").nth(1).click()
    _take(page, "verbatims")
    _statistics(page)
    _front_page(page)


def _front_page(page: Page) -> None:
    """A dashboard, whose tables are computed by themselves: a table, its picture, what it says."""
    page.set_viewport_size(WHOLE_PAGE)
    address, until = f"{VARIED}/front/", time.monotonic() + STARTS_WITHIN
    while page.request.get(address).text().count('<figure class="chart') < PICTURED:
        if time.monotonic() > until:
            raise SystemExit(f"{address} has not {PICTURED} pictures.")
        page.wait_for_timeout(2_000)
    page.goto(address)
    page.get_by_role("heading", name="Received and given").evaluate("one => one.scrollIntoView()")
    _take(page, "dashboard")


def _statistics(page: Page) -> None:
    """A run with its verdict and its pictures, and a ready-made table."""
    page.set_viewport_size(WHOLE_PAGE)
    page.goto(f"{VARIED}/schemes/serve/table/?by=viewpoint")
    page.get_by_role("button", name="Compute with statistics").click()
    page.get_by_role("heading", name="The verdict").wait_for(timeout=120_000)
    page.get_by_role("heading", name="What was asked").scroll_into_view_if_needed()
    _take(page, "run")
    page.set_viewport_size(DESKTOP)
    page.get_by_role("heading", name="Pictures").scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 700)")
    _take(page, "pictures")
    page.set_viewport_size(WHOLE_PAGE)
    page.goto(f"{STUDY}/schemes/serve/ready/sides/")
    _take(page, "ready")


def _interviewer(sign_in: SignIn) -> None:
    page = sign_in("interviewer")
    page.goto(f"{STUDY}/interviews/new/")
    _open_interview(page)
    _tell(page)
    _take(page, "interviewer")
    phone = sign_in("interviewer", viewport=PHONE)
    phone.goto(page.url)
    _ready(phone)
    _take(phone, "interviewer-phone")
    page.get_by_role("button", name="Submit the complete ones").click()
    page.get_by_text("1 incident submitted").wait_for()


def _admin(sign_in: SignIn) -> None:
    page = sign_in("admin")
    for name, address in {
        "overview": f"{VARIED}/",
        "funnel": f"{VARIED}/funnel/",
        "incidents": f"{VARIED}/incidents/",
        "people": f"{STUDY}/setup/people/",
        "account": "/accounts/",
    }.items():
        page.goto(address)
        _take(page, name)
    page.goto(f"{VARIED}/screening/")
    page.get_by_role("link", name="Start with the oldest").click()
    _take(page, "screening")
    page.goto(f"{STUDY}/screening/")
    page.get_by_role("link", name="Start with the oldest").click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Nothing waits").wait_for()
    page.goto(f"{STUDY}/schemes/serve/")
    _take(page, "scheme")
    page.get_by_text("Hear the larger need behind a small question").click()
    page.get_by_role("link", name="Merge").click()
    page.get_by_label("Merge into").select_option(
        label="Notice that a customer is wavering · Reading the signs"
    )
    page.get_by_text("would be counted elsewhere").first.wait_for()
    page.get_by_text("More than one definition").scroll_into_view_if_needed()
    _take(page, "merge")
    page.goto(f"{STUDY}/schemes/serve/lineage/")
    page.locator("svg a").first.scroll_into_view_if_needed()
    _take(page, "lineage")
    page.goto(f"{STUDY}/imports/new/")
    file = {"name": "branch.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload and read").click()
    page.get_by_role("heading", name="What the columns mean").wait_for()
    _take(page, "import")


def _coder(sign_in: SignIn) -> None:
    page = sign_in("coder")
    page.goto(f"{STUDY}/schemes/serve/code/")
    page.locator("#category-search").press_sequentially("personal")
    page.get_by_role("option", selected=True).wait_for()
    _take(page, "coder")


def _agreeing(sign_in: SignIn) -> None:
    """From the plan of three coders to what their agreement is worth."""
    page = sign_in("admin", viewport=WHOLE_TABLE)
    page.goto(f"{VARIED}/schemes/cause/plans/")
    page.get_by_role("link", name="Causes · 1").first.press("Enter")
    _take(page, "plan")
    page.goto(f"{VARIED}/schemes/serve/disputes/")
    page.get_by_role("link", name="Start with the first").click()
    _take(page, "dispute")
    page.goto(f"{VARIED}/schemes/serve/reliability/")
    page.locator(".reliability-table").first.wait_for(timeout=60_000)
    _take(page, "reliability")
    page.goto(f"{VARIED}/schemes/first-words/saturation/")
    page.locator("svg").first.wait_for()
    _take(page, "saturation")
    page.goto(f"{VARIED}/schemes/first-words/holdout/")
    page.locator("table tbody").nth(1).wait_for()
    _take(page, "holdout")
    coder = sign_in("coder")
    coder.goto(f"{VARIED}/code/")
    _take(coder, "portions")


def _two_screeners(sign_in: SignIn) -> None:
    first = sign_in("admin")
    first.goto(f"{VARIED}/setup/people/")
    first.get_by_role("link", name="Anton Beyer").click()
    first.get_by_label("Study admin").check()
    first.get_by_role("button", name="Save").click()
    first.goto(f"{VARIED}/setup/screening/")
    first.get_by_label("Screened by two, in per cent").fill("100")
    first.get_by_role("button", name="Save").click()
    for _incident in range(SCREENED_TWICE):
        first.goto(f"{VARIED}/screening/next/")
        _find(first, "Yes", "It is one occasion, not a habit", "It is specific enough to picture")
        with first.expect_response(re.compile("/accept/")):
            first.get_by_role("button", name="Accept").click()
    second = sign_in("analyst", viewport=WHOLE_PAGE)  # and now an admin too
    for number in range(SCREENED_TWICE):
        second.goto(f"{VARIED}/screening/second/")
        _find(second, "Yes", "It is one occasion, not a habit")
        _find(second, "No" if number in UNLIKE else "Yes", "It is specific enough to picture")
        if number in UNLIKE:
            second.get_by_text("Return with a question").click()
            second.locator("textarea[name=question]").fill("What did the clerk say?")
        verb = "Return" if number in UNLIKE else "Accept"
        with second.expect_navigation():
            second.get_by_role("button", name=verb).click()
    second.goto(f"{VARIED}/screening/agreement/")
    _take(second, "agreement")


def _find(page: Page, finding: str, *criteria: str) -> None:
    for criterion in criteria:
        page.get_by_role("group", name=criterion).get_by_label(finding, exact=True).check()


def _open_interview(page: Page) -> None:
    page.get_by_label("Respondent's code").fill("EX-1")
    _choose_first(page, "select[name=site]")
    page.locator("input[name=held_on]").fill("1999-03-15")
    page.get_by_text("Quotes without a name", exact=True).click()
    page.get_by_role("button", name="Start with the first incident").click()
    _ready(page)


def _tell(page: Page) -> None:
    page.get_by_label("Headline").fill("The parcel that came by hand")
    for question, answer in STORY.items():
        page.get_by_label(question).fill(answer)
    page.get_by_role("group", name="How it was experienced").get_by_text("Positive").click()
    page.get_by_role("group", name="Told as").get_by_text("A colleague's service").click()
    page.locator('[data-receipt="saved"]').wait_for()


# -- The means --------------------------------------------------------------------------------


@contextmanager
def _house() -> Iterator[str]:
    """Run Candid with fresh data, and give its address."""
    with tempfile.TemporaryDirectory(prefix="candid-pictures-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(port)}
        command = [sys.executable, "-m", "config.run"]
        house = subprocess.Popen(command, cwd=ROOT, env=environment)  # noqa: S603
        try:
            _wait_for(f"http://127.0.0.1:{port}/accounts/login/", house)
            yield f"http://127.0.0.1:{port}"
        finally:
            house.terminate()
            house.wait()


def _wait_for(address: str, house: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while house.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  (our own)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("Candid did not start.")


def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return path or sys.exit("No Chromium found. Name one: CHROMIUM=/path make screenshots")


def _signed_in(
    browser: Browser, address: str, role: str, *, viewport: dict[str, int] = DESKTOP
) -> Page:
    page = browser.new_context(base_url=address, viewport=viewport).new_page()
    page.set_default_timeout(15_000)
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(f"{role}@candid.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/$"))
    return page


def _ready(page: Page) -> None:
    page.locator("#incident-form[data-ready]").wait_for(state="attached")


def _choose_first(page: Page, select: str) -> None:
    values = page.locator(f"{select} option").evaluate_all("all => all.map(one => one.value)")
    page.locator(select).select_option(next(value for value in values if value))


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    print(f"docs/screenshots/{name}.png", flush=True)


def _complain_of_large_ones() -> None:
    large = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > LARGEST]
    if large:
        raise SystemExit(f"Larger than {LARGEST // 1000} kB: {', '.join(large)}")


if __name__ == "__main__":
    main()
