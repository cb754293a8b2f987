"""Who keeps what: a server that has forgotten everything is brought it again, a browser that keeps nothing says so."""

import pytest

from levitor_core.errors import InputError
from tests.browser.driving import StageTab

BALLOON, TOWER = (372, 68), (200, 230)

pytestmark = pytest.mark.browser


def test_a_server_that_starts_again_in_mid_edit_is_brought_the_photo_and_nobody_notices(opened):
    tab, site = opened, opened.site
    tab.show(site.bare)
    tab.click(*BALLOON)
    tab.picked(1)
    tab.press("p")
    tab.click(300, 150)
    tab.settled()
    before, name = tab.objects(), tab.document()["scene_id"]
    site.restart()
    with pytest.raises(InputError, match="forgotten"):
        site.photos.get(name)
    tab.ask("(stage.app.world.pickable = false, 0)")  # clicks ask the server
    tab.press("Escape", "Escape", "v")
    tab.click(*TOWER)
    tab.picked(2)
    tab.settled()
    site.photos.get(name)
    assert tab.objects()[0] == before[0] and tab.ask("stage.app.ui.error") == ""
    site.restart()
    handed = tab.page.evaluate("stage.work()")
    assert len(site.photos.project_of(handed).objects) == 2
    tab.press("Control+z")
    assert tab.objects() == before
    tab.page.evaluate("window.applied")  # or the site takes it for what the next page is to show


def test_where_a_browser_keeps_nothing_the_page_says_so_and_offers_the_file(chromium, served):
    tab = StageTab(chromium, served, "foreign")
    tab.button("Skip the guide")
    tab.click(*BALLOON)
    tab.picked(1)
    note = tab.page.get_by_role("status").filter(has_text="This browser cannot keep your work")
    note.get_by_role("button", name="Save a project file").click()
    assert tab.page.evaluate("events.at(-1)[0]") == "save"
    tab.press("Control+z")
    assert tab.objects() == []
    tab.close()
