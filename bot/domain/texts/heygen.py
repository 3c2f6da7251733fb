"""What HeyGen's answers mean (bot/heygen, domain/job/progress.py)."""

from __future__ import annotations

from bot.domain.words import Text

HEYGEN_SAYS = Text("{message} HeyGen says: {quote}")
OTHER_FILE = Text(
    "Press “Edit and run again” in the card, and attach the file again or leave it out."
)
VIDEO_AGAIN = Text("Press “Edit and run again” in the card to make it anew.")
BOT_KEY_HINT = Text(
    "Your request waits and is sent by itself once whoever runs the video bot has set a valid "
    "HEYGEN_API_KEY."
)
BALANCE_HINT = Text(
    "Your request waits and is sent by itself once whoever runs the video bot has topped up the "
    "HeyGen account or changed its plan."
)
ACCOUNT_HINT = Text(
    "Ask whoever runs the video bot to check what the HeyGen account may do; then press “Try "
    "again” in the card."
)
ACCOUNT_LIMIT = Text("A limit of the HeyGen account is reached.")
BOT_KEY_REFUSED = Text("HeyGen does not accept the bot's API key.")
PLAN_TOO_SMALL = Text("The HeyGen account's plan does not cover this.")
HEYGEN_FAULT = Text("HeyGen has a fault of its own at the moment.")
FILE_NOT_FETCHED = Text("HeyGen could not fetch an attached file.")
CONTENT_RULES = Text("HeyGen's content rules do not allow this video.")
CONTENT_RULES_HINT = Text(
    "Press “Edit and run again” in the card and change the prompt or the attachments."
)
TOO_LARGE = Text("A file or the whole request is too large for HeyGen.")
TOO_LARGE_HINT = Text(
    "Press “Edit and run again” in the card and use smaller or fewer attachments."
)
BALANCE_USED_UP = Text("The HeyGen account's balance is used up.")
TRIAL_USED_UP = Text("The HeyGen account's trial allowance is used up.")
PHONE_WANTED = Text("HeyGen wants the account's phone number verified first.")
PHONE_WANTED_HINT = Text(
    "Your request waits and is sent by itself once whoever runs the video bot has done so."
)
ACCOUNT_MAY_NOT = Text("The HeyGen account may not do this.")
OTHER_ACCOUNT = Text("Something this request uses belongs to another HeyGen account.")
AI_RULES = Text("The HeyGen workspace's AI rules do not allow this.")
VOICE_NOT_ALLOWED = Text("HeyGen does not allow this voice here.")
CONSENT_WANTED = Text("This avatar may not be used before the person shown has agreed.")
VIDEO_UNKNOWN = Text("HeyGen does not know this video (any more).")
AVATAR_UNKNOWN = Text("HeyGen does not know this avatar (any more).")
VOICE_UNKNOWN = Text("HeyGen does not know this voice (any more).")
FILE_UNKNOWN = Text("HeyGen does not know an attached file (any more).")
WEBHOOK_UNKNOWN = Text("HeyGen does not know this webhook (any more).")
WEBHOOK_UNKNOWN_HINT = Text("Whoever runs the video bot can register it again.")
STATE_CONFLICT = Text("HeyGen's state does not allow this at the moment.")
SAME_REQUEST_RUNS = Text("HeyGen is still working on the same request.")
STILL_PREPARING = Text("HeyGen is still preparing something this request uses.")
BRAND_KIT_IMPORTING = Text("HeyGen is still importing the brand kit.")
FILE_PROCESSING = Text("HeyGen is still processing an attached file.")
QUOTA_USED_UP = Text("The HeyGen account has used up its quota for now.")
SPEECH_FAULT = Text("HeyGen's speech service has a fault at the moment.")
NOT_HEYGENS_ANSWER = Text("Something on the way to HeyGen answered in its place.")
HEYGEN_TOO_SLOW = Text("HeyGen took too long to answer.")
REDIRECTED = Text("HeyGen's address answered with a redirect, which the bot does not follow.")
REDIRECTED_HINT = Text(
    "Whoever runs the video bot should check HEYGEN_API_URL and any proxy in between."
)
HEYGEN_NOT_IN_TIME = Text("HeyGen did not answer in time.")
HEYGEN_UNREADABLE = Text("HeyGen's answer could not be understood.")
HEYGEN_ENDLESS_LIST = Text("HeyGen's list of sessions has no end.")
FILE_GONE = Text("An attachment was gone before it could be sent to HeyGen.")
BAD_REQUEST_KEY = Text("The video bot made a request key that HeyGen does not take.")
BAD_REQUEST_KEY_HINT = Text("This is a fault of the video bot: tell whoever runs it.")

VIDEO_NOT_FETCHED = Text("The video could not be fetched from HeyGen.")
LINK_IN_CIRCLES = Text("HeyGen's link leads in circles.")
LINK_UNSAFE = Text("HeyGen's link to the video is not safe.")
LINK_EXPIRED = Text("HeyGen's link to the video is not good (any more).")
HEYGEN_NAMES_NO_FILE = Text("HeyGen names no such file.")
PREVIEW_NO_PICTURE = Text("HeyGen's preview is no picture.")
VIDEO_EMPTY = Text("HeyGen sent an empty video.")
VIDEO_TOO_LARGE = Text("The video is larger than Slack takes.")

RENDER_FAILED = Text("HeyGen could not make this video: {reason}")
RENDER_FAILED_HINT = Text("Press “Edit and run again” in the card and change what it names.")
NO_REASON = Text("HeyGen could not make this video and gave no reason.")
NO_REASON_HINT = Text(
    "Often a shorter or differently worded prompt works: press “Edit and run again” in the card."
)
TIMED_OUT = Text("HeyGen did not finish this video within 24 hours.")
TIMED_OUT_HINT = Text(
    "Press “Look again” in the card to go on asking, or “Try again” to make it anew."
)
NO_LINK = Text("HeyGen says the video is finished but gives no link to it.")
NO_LINK_HINT = Text(
    "Look for it in HeyGen (“Open in HeyGen” in the card) before you press “Try again”."
)

NEVER_READY = Text("{reason} The bot asked for about an hour, and it did not change.")
NEVER_REACHED = Text("{reason} The bot tried for a day.")
NEVER_HINT = Text("Press “Try again” in the card once that has changed.")
