"""What is said when the bot cannot start."""

from bot.texts.words import Words

NO_TOKEN = Words(
    "TELEGRAM_BOT_TOKEN 이 없습니다.\n"
    "텔레그램의 @BotFather 에게 /newbot 을 보내 토큰을 받아 .env 에 적어 주세요.",
    "TELEGRAM_BOT_TOKEN is missing.\n"
    "Send /newbot to @BotFather in Telegram and put the token into .env.",
)
NO_USERS = Words(
    "TELEGRAM_USER_IDS 가 비어 있습니다. 비어 있으면 아무도 쓸 수 없습니다.\n"
    "본인의 숫자 ID 를 적어 주세요 (@userinfobot 이 알려 줍니다).",
    "TELEGRAM_USER_IDS is empty, and an empty list lets nobody in.\n"
    "Put in your own numeric id (@userinfobot tells it).",
)
TERMINAL = Words(
    "텔레그램 없이 쓰려면: python -m bot --terminal",
    "To use it without Telegram: python -m bot --terminal",
)
REJECTED = Words(
    "텔레그램이 봇 토큰을 거절했습니다.\n"
    "@BotFather 에서 토큰을 확인하고 TELEGRAM_BOT_TOKEN 을 고쳐 주세요.",
    "Telegram rejected the bot token.\nCheck it with @BotFather and mend TELEGRAM_BOT_TOKEN.",
)
