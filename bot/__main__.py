"""`python -m bot`: the service, or with --terminal the same chat on this terminal."""

import argparse
import asyncio
import logging
import os
import sys

from bot.clock import SystemClock
from bot.redaction import start_logging
from bot.service import BAD_CONFIGURATION, missing, serve
from bot.settings import BotSettings, UnusableSettings, load_settings
from bot.terminal import talk

_INTERNAL = 70


def main() -> int:
    """Run the bot and return the exit code: 0 stopped, 70 internal, 75 rival, 78 configuration."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="The chat of Pasu.")
    parser.add_argument(
        "--terminal", action="store_true", help="chat on this terminal, without Telegram"
    )
    terminal = bool(parser.parse_args().terminal)
    try:
        settings = load_settings(os.environ)
    except UnusableSettings as e:
        sys.stderr.write("\n".join(e.problems) + "\n")
        return BAD_CONFIGURATION
    token = settings.telegram_bot_token
    secrets = [token.get_secret_value()] if token else []
    start_logging(secrets, "ERROR" if terminal else settings.log_level)
    lacking = "" if terminal else missing(settings)
    if lacking:
        sys.stderr.write(lacking + "\n")
        return BAD_CONFIGURATION
    return _run(settings, terminal=terminal)


def _run(settings: BotSettings, *, terminal: bool) -> int:
    clock = SystemClock()
    try:
        chat = talk(settings, clock) if terminal else serve(settings, clock, os.environ)
        return asyncio.run(chat)
    except KeyboardInterrupt:
        return 0
    except Exception:
        logging.getLogger(__name__).exception("bot.crashed")
        return _INTERNAL


if __name__ == "__main__":
    sys.exit(main())
