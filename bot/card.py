"""What a command or an event shows: blocks of text, buttons, perhaps a picture."""

from dataclasses import dataclass

from bot.markup import Block


@dataclass(frozen=True, slots=True)
class Button:
    """One button; `data` comes back when it is pressed and has at most 64 bytes."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Card:
    """One answer or push.

    `nonce` names the confirmation its buttons belong to; `keyboard` asks for the persistent
    keyboard; `picture` is a PNG whose caption the first blocks become.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    picture: bytes | None = None
    nonce: str = ""
    keyboard: bool = False
