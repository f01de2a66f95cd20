"""Text from elsewhere, made harmless and short: for mail subjects, lines of a mail, and chat."""

import unicodedata

_LINE_SEPARATORS = ("Zl", "Zp")


def one_line(text: str, limit: int = 1024) -> str:
    """Return the text on one line: without control, format and surrogate characters, at most `limit` characters.

    A description may hold line breaks that would forge further lines of a message, characters that reverse its reading
    order, or halves of surrogate pairs that no encoder takes.
    """
    visible = text[: limit * 4]
    # Printable is what is of none of these categories, and no other space than the usual one.
    if not visible.isprintable():
        visible = "".join(" " if _is_invisible(character) else character for character in visible)
    return shorten(" ".join(visible.split()), limit)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters, the middle replaced by dots: names differ at their ends."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) // 2
    return f"{text[: limit - 3 - tail]}...{text[len(text) - tail :]}"


def ascii_line(text: str, limit: int) -> str:
    """Return one line of printable ASCII; accents are dropped, what has no ASCII form becomes a question mark."""
    decomposed = unicodedata.normalize("NFKD", one_line(text, limit * 4))
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return shorten(letters.encode("ascii", "replace").decode("ascii"), limit)


def clip_bytes(text: str, limit: int) -> str:
    """Return the beginning of the text in at most `limit` bytes of UTF-8, marked where something is missing."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    mark = "\n[cut: the message was too long]\n"
    return encoded[: limit - len(mark)].decode(errors="ignore") + mark


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in _LINE_SEPARATORS
