"""What a client sent may be repeated to people, but means nothing to Markdown or HTML, and goes into no log."""

import html
import logging
import re

from hypothesis import example, given
from hypothesis import strategies as st

from ui.server.failures import MAX_SENTENCE, as_message, in_markdown, logged

MARKUP = st.text(st.sampled_from("ab \\`*_{}[]()<>#!|~&$@:/.\nw"), max_size=40)


@given(MARKUP)
@example("![a](https://evil.example/x.png)")
@example("<img src=//evil.example>")
@example("www.evil.example https://evil.example a@evil.example $$x$$ &lt;")
def test_in_markdown_everything_stands_for_itself(text):
    made = in_markdown(text)
    assert html.unescape(made) == text
    bare = re.sub(r"&#\d+;", "", made)
    assert not re.search(r"[\\`*_{}\[\]<>|~&$@\n]|://|www\.", bare)


@given(st.text(max_size=600))
def test_a_message_holds_no_tag_and_is_short(text):
    made = as_message(text)
    assert "<" not in made and ">" not in made and len(html.unescape(made)) <= MAX_SENTENCE


def test_the_log_says_where_and_not_what(caplog):
    with caplog.at_level(logging.INFO):
        try:
            raise ValueError("their secret")
        except ValueError as error:
            logged(error)
    assert "ValueError at" in caplog.text and "test_failures.py" in caplog.text and "secret" not in caplog.text
