"""The stage's modules on their way into the page."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lost", ["js/model/world.js", "stage.css"])
def test_a_stage_that_cannot_start_says_so(chromium, page_url, lost):
    page = chromium.new_page()
    page.route(f"**/{lost}", lambda route: route.abort())
    page.goto(page_url)
    page.get_by_role("alert").filter(has_text="The stage could not start").wait_for(timeout=60_000)
    assert "reload the page" in page.get_by_role("alert").inner_text()
    page.close()
