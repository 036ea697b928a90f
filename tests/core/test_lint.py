"""The client of the tests finds what is wrong with a page, also when it has seen one made like it."""

import pytest

from tests.lint import look_at

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A</title></head><body><h1>A</h1>'
    '<p id="{id}" title="{title}">{words}</p><p id="b">B</p></body></html>'
)


def test_a_page_that_is_right_is_right_again_with_other_words() -> None:
    assert look_at(PAGE.format(id="a", title="One", words="Two")) == []
    assert look_at(PAGE.format(id="c", title="Three", words="Four")) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"id": "b"}, "id 'b' is there 2 times"),
        ({"title": 'One" title="Two'}, "duplicate-attribute"),
        ({"words": "<h1>B</h1>"}, "2 h1 elements"),
        ({"words": "<script>x</scrip>"}, "expected-named-closing-tag-but-got-eof"),
        ({"words": '<i style="color: red">B</i>'}, "inline style"),
        ({"words": '<form method="post"></form>'}, "form without CSRF token"),
    ],
)
def test_what_is_wrong_is_found_in_a_page_like_one_that_was_right(
    changed: dict[str, str], problem: str
) -> None:
    right = {"id": "a", "title": "One", "words": "Two"}
    assert look_at(PAGE.format(**right)) == []
    found = look_at(PAGE.format(**(right | changed)))
    assert any(problem in one for one in found), found
