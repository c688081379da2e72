"""The words of the chat in a terminal."""

from bot.texts.words import Words

WAITING = Words("엔진을 기다리는 중…", "Waiting for the engine…")
NOT_THERE = Words(
    "엔진이 {seconds}초 안에 응답하지 않았습니다. 명령은 그래도 받습니다.",
    "The engine did not answer within {seconds} seconds. Commands are taken all the same.",
)
BANNER = Words(
    "파수 터미널 {mode} · 프리셋 코인 {crypto} · 주식 {stock}",
    "Pasu in the terminal {mode} · preset crypto {crypto} · stocks {stock}",
)
TRY = Words(
    "해 보세요: /status · /positions · /chart BTC   (전부: /help, 끝: /quit)",
    "Try: /status · /positions · /chart BTC   (all: /help, end: /quit)",
)
RULES = Words(
    "버튼은 번호로 누릅니다. 창을 닫으면 알림이 오지 않고, 그림은 파일로 저장됩니다.",
    "Press a button by its number. A closed window gets no pushes; pictures are saved as files.",
)
SCRIPT = Words(
    "스크립트: # 주석 · !sleep 2 대기 · !yes / !no 마지막 확인 버튼",
    "Scripts: # comment · !sleep 2 waits · !yes / !no press the last confirmation",
)
PICTURE = Words("그림: {path} ({size} KiB)", "picture: {path} ({size} KiB)")
NO_BUTTON = Words(
    "그런 버튼이 없습니다 (이미 답했거나 바뀌었습니다)",
    "No such button (it was answered or replaced)",
)
NOTHING_TO_CONFIRM = Words("확인할 것이 없습니다", "There is nothing to confirm")
BAD_DIRECTIVE = Words(
    "모르는 지시입니다: {line} (!sleep 2, !yes, !no)",
    "Unknown directive: {line} (!sleep 2, !yes, !no)",
)
SLOW_ANSWER = Words("아직 답이 없습니다", "No answer yet")
EDITED = Words("(고침)", "(edited)")
GOODBYE = Words("끝", "Bye")
