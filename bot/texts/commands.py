"""The words of commands: descriptions, usage, confirmations, buttons."""

from bot.texts.words import Words

# Descriptions, in the command menu and in /help
START = Words("인사와 현재 상태", "greeting and state")
HELP = Words("명령 전체", "every command")
STATUS = Words("엔진 상태 한눈에", "the engine in one card")
POSITIONS = Words("열린 포지션", "open positions")
ORDERS = Words("미체결 주문", "open orders")
TRADES = Words("끝난 거래 (예: /trades 7)", "closed trades (/trades 7)")
PNL = Words("일별, 거래소별 (예: /pnl 30)", "profit by day and venue (/pnl 30)")
CHART = Words(
    "자산 곡선, 캔들 (예: /chart upbit 30, /chart BTC)", "charts (/chart upbit 30, /chart BTC)"
)
PRESET = Words(
    "프리셋 보기, 바꾸기 (예: /preset mid_term)", "show or change presets (/preset mid_term)"
)
PAUSE = Words("새 진입 중지", "stop new entries")
RESUME = Words("다시 시작", "trade again")
PANIC = Words("전부 팔고 잠금", "sell everything and latch")
WHY = Words("왜 샀나, 안 샀나 (예: /why BTC)", "why bought or skipped (/why BTC)")
LOGS = Words("엔진 로그 (예: /logs 50 warning)", "the log (/logs 50 warning)")
SETTINGS = Words("값과 출처 (예: /settings crypto)", "settings (/settings crypto)")
SET = Words(
    "설정 바꾸기 (예: /set CRYPTO_K_VALUE 0.5)", "change a setting (/set CRYPTO_K_VALUE 0.5)"
)
SELL = Words("한 종목 팔기 (예: /sell BTC)", "sell one position (/sell BTC)")
OPTIMIZE = Words("파라미터 다시 찾기", "search parameters now")
UNDO = Words("마지막 변경이나 튜닝 되돌리기", "undo the last change or tuning")
RESTART = Words("엔진 다시 시작", "restart the engine")
HEALTH = Words("엔진 점검 결과", "the engine's checks")
AUDIT = Words("누가 무엇을 시켰나", "who asked for what")
EVENTS = Words("최근에 있었던 일 (예: /events 20)", "last events (/events 20)")

# Usage
USAGE = Words("이렇게 써 주세요: {usage}", "Use it like this: {usage}")
UNKNOWN = Words("모르는 명령입니다: {given}", "I do not know {given}.")
NEAREST = Words("혹시 {names} 인가요?", "Did you mean {names}?")
SEE_HELP = Words("/help 에 전부 있습니다.", "/help lists everything.")
NO_PRESET = Words(
    "프리셋 {name} 은(는) 없습니다. 있는 것: {names}",
    "There is no preset {name}. There are: {names}",
)

# Help and greeting
HELP_TITLE = Words("명령 (한글 단어도 됩니다)", "Commands (Korean words work too)")
HELP_SAFETY = Words(
    "답이 없으면 실행되지 않은 것입니다. 봇이 죽어도 서버에서 pasu panic 으로 전부 팔 수 있습니다.",
    "No reply: it was not carried out. With the bot down, pasu panic on the server sells all.",
)
GREETING = Words("파수가 시장을 지키고 있습니다.", "Pasu is keeping watch over the market.")
TRY = Words(
    "이렇게 시작해 보세요: /status · /positions · /help", "Try: /status · /positions · /help"
)

# Confirmation
CONFIRM_WITHIN = Words("{seconds}초 안에 눌러 주세요.", "Confirm within {seconds} seconds.")
YES = Words("실행", "Do it")
YES_PANIC = Words("전부 매도", "Sell everything")
NO = Words("취소", "Cancel")
RETRY = Words("다시 시도", "Try again")
CANCELLED = Words("취소했습니다. 아무것도 바뀌지 않았습니다.", "Cancelled. Nothing was changed.")
TOAST_RUNNING = Words("실행합니다", "Working on it")
TOAST_CANCELLED = Words("취소했습니다", "Cancelled")
TOAST_USED = Words("이미 사용한 버튼입니다", "This button was already used")
TOAST_EXPIRED = Words(
    "만료된 버튼입니다. 명령을 다시 보내 주세요", "This button has expired. Send the command again"
)
TOAST_NOT_YOURS = Words("다른 사람이 요청한 버튼입니다", "Somebody else asked for this")
TOAST_UNKNOWN = Words("알 수 없는 버튼입니다", "I do not know this button")
STALE = Words(
    "만료: {age} 전에 보낸 명령이라 실행하지 않았습니다. 다시 보내 주세요.",
    "Expired: sent {age} ago, so it was not carried out. Send it again.",
)
FAILED = Words("처리하지 못했습니다. 로그에 남겼습니다.", "That did not work. The log says why.")
PLAN = Words("계획 · /{command}", "Plan · /{command}")
DONE = Words("완료 · /{command}", "Done · /{command}")
DONE_BEFORE = Words("이미 처리됨 · /{command}", "Already done · /{command}")
AMBIGUOUS = Words(
    "실행되었는지 알 수 없습니다. 같은 열쇠로 다시 시도하면 두 번 실행되지 않습니다.",
    "It is not known whether it was carried out. A retry uses the same key and cannot run twice.",
)

# Panic
PANIC_TITLE = Words("긴급정지: 포지션 {count} · {value}", "Panic: {count} positions · {value}")
PANIC_NOTHING = Words(
    "팔 포지션이 없습니다. 그래도 진입 주문을 취소하고 잠급니다.",
    "Nothing to sell. Entry orders are cancelled and trading is latched all the same.",
)
PANIC_VENUE = Words(
    "{venue} · {value} · 예상 슬리피지 {slippage}",
    "{venue} · {value} · estimated slippage {slippage}",
)
PANIC_LATCH = Words(
    "실행하면 /resume 전까지 아무것도 사지 않습니다.", "Afterwards nothing is bought until /resume."
)
PANIC_MOVED = Words(
    "미리보기 뒤에 포지션이 10% 넘게 바뀌었습니다. 다시 확인해 주세요.",
    "Positions moved by more than 10% since the preview. Please confirm again.",
)
PANIC_STARTED = Words("긴급정지를 실행했습니다 · {at}", "Panic is under way · {at}")
PANIC_RECEIPTS = Words("포지션마다 결과를 보내 드립니다.", "A receipt follows for each position.")
PANIC_SHELL = Words("서버에서 바로 실행: {line}", "On the server: {line}")
COLUMN_SYMBOL = Words("종목", "symbol")
COLUMN_QUANTITY = Words("수량", "quantity")
COLUMN_VALUE = Words("금액", "value")
COLUMN_SLIPPAGE = Words("슬리피지", "slippage")

# Buttons
B_REFRESH = Words("새로고침", "Refresh")
B_CHART = Words("차트", "Chart")
B_POSITIONS = Words("포지션", "Positions")
B_PAUSE = Words("일시정지", "Pause")
B_RESUME = Words("재개", "Resume")
B_PANIC = Words("긴급정지", "Panic")
B_PNL = Words("손익", "Profit")

# Persistent keyboard
K_STATUS = Words("📊 상태", "📊 status")
K_PNL = Words("💰 손익", "💰 pnl")
K_CHART = Words("📈 차트", "📈 chart")
K_PRESET = Words("⚙️ 프리셋", "⚙️ preset")
K_POSITIONS = Words("📋 포지션", "📋 positions")
K_HELP = Words("❓ 도움말", "❓ help")
