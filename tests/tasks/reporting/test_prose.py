"""Laws of sentences and of escaping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.reporting.prose import clean, listed, markdown, say, sentence

HOSTILE = (
    "**b**",
    "[l](http://evil.example)",
    "<b>x</b>",
    "`x`",
    "1. one",
    "- x",
    "# x",
    "a | b",
    "&lt;",
    "![i](x)",
    "+ x",
)


def test_a_template_with_a_number_is_refused():
    with pytest.raises(ValueError, match="must not hold a number"):
        say("about 20 days")


def test_braces_in_a_name_stay_as_they_are():
    assert say("{x} rose", x="{y} {0}") == "{y} {0} rose"


def test_control_and_direction_characters_are_dropped():
    assert clean("a\u202eb\x00c\nd\u200b") == "abc d"


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_markdown_shows_the_text_itself(text):
    tokens = MarkdownIt("commonmark", {"linkify": False}).parse(markdown(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {token.type for token in children} <= {"text", "text_special"}
    assert "".join(token.content for token in children) == text


@given(st.text(max_size=40))
def test_escaped_markdown_never_holds_markup(text):
    tokens = MarkdownIt("commonmark").parse("x " + markdown(text))
    assert {child.type for token in tokens for child in token.children or []} <= {"text", "text_special"}


def test_a_sentence_starts_with_a_capital_unless_it_starts_with_a_name():
    assert sentence("no days left") == "No days left."
    assert sentence("rMSSD rose.") == "rMSSD rose."


def test_long_lists_say_that_they_are_cut():
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefgh"), 2) == "a, b and others"
