"""`python -m bot` is `video-bot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
