"""Every sentence that people read in Slack, by screen, ready for translation.

Each is a Text (domain/words.py); bot/screens/locales/ has the same in other languages. Values in
braces are made safe for where they are shown before they come here. Words carry the meaning;
nothing hangs on a colour or an emoji. Whoever says one takes it from here: `texts.CARD_TITLE`.
"""

from __future__ import annotations

from bot.domain.texts.card import *
from bot.domain.texts.command import *
from bot.domain.texts.composer import *
from bot.domain.texts.details import *
from bot.domain.texts.errors import *
from bot.domain.texts.files import *
from bot.domain.texts.heygen import *
from bot.domain.texts.heygen_key import *
from bot.domain.texts.home_tab import *
from bot.domain.texts.jobs import *
from bot.domain.texts.links import *
from bot.domain.texts.looks import *
from bot.domain.texts.mention_reply import *
from bot.domain.texts.messages import *
from bot.domain.texts.permissions import *
from bot.domain.texts.request import *
from bot.domain.texts.slack import *
