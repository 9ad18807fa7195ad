"""Fragments: what trickles, what restarts, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galene_py.whip import fragment, limits
from galene_py.whip.fragment import Fragment, FragmentError

UFRAG, PWD = "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"
TRICKLE = f"""a=ice-ufrag:{UFRAG}\r
a=ice-pwd:{PWD}\r
m=audio 9 UDP/TLS/RTP/SAVPF 0\r
a=mid:0\r
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r
a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host\r
a=end-of-candidates\r
"""
OFFER = f"""v=0\r
o=- 1 1 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=group:BUNDLE 0 1\r
m=audio 9 UDP/TLS/RTP/SAVPF 111\r
a=mid:0\r
a=ice-ufrag:{UFRAG}\r
a=ice-pwd:{PWD}\r
a=candidate:1 1 udp 1 192.0.2.9 8443 typ host\r
m=video 9 UDP/TLS/RTP/SAVPF 96\r
a=mid:1\r
a=ice-ufrag:{UFRAG}\r
a=ice-pwd:{PWD}\r
"""


def test_credentials_and_candidates_are_read() -> None:
    assert fragment.parse(TRICKLE) == Fragment(UFRAG, PWD, 2)


def test_a_fragment_may_have_candidates_only() -> None:
    assert fragment.parse("a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n") == Fragment("", "", 1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"a=ice-ufrag:{UFRAG}\r\n", "both"),
        (f"a=ice-ufrag:x\r\na=ice-pwd:{PWD}\r\n", "ice-ufrag"),
        (f"a=ice-ufrag:{UFRAG}\r\na=ice-pwd:short\r\n", "ice-pwd"),
        (f"a=ice-ufrag:{UFRAG}\r\na=ice-pwd:{PWD} \\\r\n", "ice-pwd"),
        (TRICKLE + f"a=ice-ufrag:other\r\na=ice-pwd:{PWD}\r\n", "different"),
        ('{"candidate": ""}', "not a line"),
        ("a=x\r\n" * (limits.FRAGMENT_LINES + 1), "too long"),
    ],
)
def test_what_is_no_fragment_is_refused_with_a_reason(text: str, word: str) -> None:
    with pytest.raises(FragmentError, match=word):
        fragment.parse(text)


@given(st.text(alphabet=st.sampled_from("a=icepwdufrg:-ABCZ09+/\r\nm candidate"), max_size=400))
def test_only_one_kind_of_error_is_raised(text: str) -> None:
    with suppress(FragmentError):
        fragment.parse(text)


def test_a_restart_changes_the_credentials_of_every_section_and_nothing_else() -> None:
    other = Fragment("other", "andpasswordsof24characters")
    changed = fragment.restarted(OFFER, other)
    assert fragment.credentials(changed) == other
    assert UFRAG not in changed
    assert changed.replace(other.ufrag, UFRAG).replace(other.pwd, PWD) == OFFER


def test_the_answer_to_a_restart_tells_our_side_once() -> None:
    text = fragment.of_answer(OFFER)
    assert text.splitlines() == [
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        f"a=ice-ufrag:{UFRAG}",
        f"a=ice-pwd:{PWD}",
        "a=candidate:1 1 udp 1 192.0.2.9 8443 typ host",
    ]
    assert fragment.parse(text) == Fragment(UFRAG, PWD, 1)
