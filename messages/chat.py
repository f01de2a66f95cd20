"""A message for Slack and Teams, in the only form that AWS Chatbot posts of messages that are not an AWS service's.

AWS Chatbot administrator guide, "Custom notifications using Amazon Q Developer in chat applications". Anything else
that is published to a channel's topic is dropped without a word.
"""

import json

from messages.content import Content
from messages.mail import table
from messages.text import one_line, shorten

# What chat shows of a message; mail has all of it.
_DESCRIPTION_CHARACTERS = 4000


def notification(content: Content) -> str:
    """Return the custom notification as JSON; messages of one `thread` form a thread."""
    return json.dumps(
        {
            "version": "1.0",
            "source": "custom",
            "content": {"textType": "client-markdown", "title": content.subject, "description": _description(content)},
            "metadata": {"threadId": content.thread, "summary": content.subject},
        }
    )


def _description(content: Content) -> str:
    """Return the parts that fit, whole: a code block that is cut open would swallow the rest."""
    parts = [_harmless(content.headline)]
    parts.append("\n".join(f"*{label}:* {_harmless(value, 300)}" for label, value in content.facts))
    parts.append(_code(table(content.metrics)))
    parts += [_harmless(note) for note in content.notes]
    parts += [f"*{command.purpose}:*\n{_code([command.line])}" for command in content.commands]
    # Bare addresses: Slack and Teams write named links differently, and both make a link of an address.
    parts += [f"{link.label}: {link.url}" for link in content.links]
    text = ""
    for part in filter(None, parts):
        if len(text) + len(part) > _DESCRIPTION_CHARACTERS:
            break
        text += f"{part}\n\n"
    return text.strip()


def _code(lines: list[str]) -> str:
    # A backtick in a metric's name would close the block.
    text = "\n".join(lines).replace("`", "'")
    return f"```\n{_escaped(text)}\n```" if lines else ""


def _harmless(text: str, limit: int = 500) -> str:
    """Return one line that chat shows as it is.

    `<!channel>` in a description must not wake everybody, and `[Approve here](https://...)` not become a link.
    """
    plain = shorten(one_line(text), limit).replace("`", "'").replace("](", "] (")
    return _escaped(plain)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
