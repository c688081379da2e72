"""Every word the bot says, in Korean and in English, side by side."""
