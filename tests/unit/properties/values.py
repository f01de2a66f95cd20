"""What hypothesis draws values from."""

from __future__ import annotations

from hypothesis import strategies as st

# With what escapes, forges and surprises: markup, line breaks of every kind, other scripts, halves of surrogate pairs.
TEXT = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("`*_[](){}<>@#|!&\\\"'\n\r\t\x00\x1b\u2028\u0085\u202e\ud800 ab"), max_size=60),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
