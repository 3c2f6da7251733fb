"""Every sentence that people read in Slack, in one place, ready for translation.

Each is a Text (domain/words.py); bot/screens/locales/ has the same in other languages. Values in
braces are made safe for where they are shown before they come here. Words carry the meaning;
nothing hangs on a colour or an emoji.
"""

from __future__ import annotations

from bot.domain.words import Text

# -- times

MINUTES = Text("{minutes} min")
SECONDS = Text("{seconds} s")
HOURS = Text("{hours} h {minutes} min")

# -- the card

CARD_TITLE = Text("*Video for {requester}*")
CARD_TEXT = Text("Video for {requester}: {state}")
NO_PROMPT = Text("(no text)")
CARD_CHANGE = Text("With this change:\n{change}")

STATES = {  # by JobState
    "queued": Text("Waiting for its turn."),
    "submitting": Text("Being handed to HeyGen."),
    "rendering": Text("HeyGen is making the video."),
    "parked": Text("On hold: what HeyGen shows is not clear yet."),
    "completed": Text("Finished. The video is in the reply below."),
    "failed": Text("This did not work. The reply below says why."),
    "cancelled": Text("Cancelled. Nothing more will happen."),
}
RETRYING = Text(
    "HeyGen failed without a reason, so the bot is trying once more with a shorter prompt."
)
ORIENTATIONS = {  # by Orientation
    "landscape": Text("Landscape"),
    "portrait": Text("Portrait"),
}
ATTACHMENTS = Text("{count} attachments", one="1 attachment")
CHOICE_AVATAR = Text("avatar {name}")
CHOICE_VOICE = Text("voice {name}")
CHOICE_STYLE = Text("style {name}")
CHOICE_BRAND_KIT = Text("brand kit {name}")
CHOICE_LENGTH = Text("about {time}")
CHOICE_LANGUAGE = Text("in {language}")
VARIATION_OF = Text("Made after job {job_id}")
NO_FILE = Text(
    "The video file is not in the thread. {reason} The links in the reply below lead to the video."
)
FILE_UNCLEAR = Text(
    "Slack did not tell whether the video file has come into the thread. The links in the reply "
    "below lead to the video."
)
NO_FILE_REASONS = {  # by Slack's word, HeyGen's or ours
    "file_upload_size_restricted": Text("It is larger than this workspace takes."),
    "file_uploads_disabled": Text("This workspace takes no files."),
    "file_uploads_except_images_disabled": Text("This workspace takes pictures only."),
    "file_type_not_allowed": Text("This workspace takes no files of this type."),
    "storage_limit_reached": Text("This workspace has no room left for files."),
    "max_file_sharing_exceeded": Text("This file is shared in as many places as Slack allows."),
    "file_share_limit_reached": Text("This workspace shares no more files at the moment."),
    "slack_connect_file_upload_sharing_blocked": Text(
        "Files may not be shared with the other organisation here."
    ),
    "missing_scope": Text("The bot was installed without the right to share files."),
    "too_large": Text("It is larger than the bot may post."),
    "link_expired": Text("HeyGen does not give it out any more."),
    "not_found": Text("HeyGen does not give it out any more."),
    "not_made": Text("HeyGen does not give it out any more."),
    "download_failed": Text("It could not be fetched from HeyGen."),
}
NO_FILE_UNKNOWN = Text("Something went wrong ({code}).")
PROGRESS = Text("{bar} {percent} percent")
PERCENT_DONE = Text("{percent} percent done.")
PLACE_NEXT = Text("It is next in the queue.")
PLACE = Text("It is number {place} in the queue.")
WAITING_FOR = Text("Why it waits: {reason}")
ELAPSED = Text("Time so far: {time}")
TOOK = Text("Time taken: {time}")
SESSION_LINK = Text("Look at it in HeyGen")
JOB_ID = Text("Job {job_id}")

# -- the buttons of the card (75 characters, questions 300, answers 30)

BUTTON_CANCEL = Text("Cancel")
BUTTON_RETRY = Text("Try again")
BUTTON_LOOK_AGAIN = Text("Look again")
BUTTON_SEND_AGAIN = Text("Send again (may cost twice)")
CONFIRM_NO = Text("Go back")
CONFIRM_CANCEL = Text("No video will come. What HeyGen has made so far may still be charged.")
CONFIRM_CANCEL_YES = Text("Cancel the video")
CONFIRM_SEND = Text(
    "HeyGen may have taken the first request. If it has, the same video is made and paid for "
    "a second time."
)
CONFIRM_SEND_YES = Text("Send again")
BUTTON_VARY = Text("Make a variation")
BUTTON_EDIT = Text("Edit and run again")
BUTTON_TURN = {  # by the orientation it has now
    "landscape": Text("Make it portrait"),
    "portrait": Text("Make it landscape"),
}
CONFIRM_TURN = Text(
    "This makes a new video from the same request. It costs like any new video and comes to this "
    "thread."
)
CONFIRM_TURN_YES = Text("Make the video")
BUTTON_FRESH_LINK = Text("Fresh link")
BUTTON_OPEN_IN_HEYGEN = Text("Open in HeyGen")
BUTTON_DETAILS = Text("Details")

# -- the details of a job (title 24 characters)

DETAILS_TITLE = Text("Details")
DETAILS_ASKED = Text("Asked for {time} by {requester}")
DETAILS_CHOICES = Text("Choices")
DETAILS_ATTACHMENTS = Text("Attachments")
DETAILS_HISTORY = Text("What happened")
DETAILS_PROMPT_SENT = Text("The prompt as it was sent to HeyGen")
DETAILS_PROMPT = Text("The prompt")
DETAILS_NOT_OPENED = Text("Slack did not let the bot show it in time. Choose it again in the menu.")
STATES_SHORT = {  # by JobState
    "queued": Text("put into the queue"),
    "submitting": Text("being handed to HeyGen"),
    "rendering": Text("taken by HeyGen"),
    "parked": Text("put on hold"),
    "completed": Text("finished"),
    "failed": Text("failed"),
    "cancelled": Text("cancelled"),
}

# -- the replies

RESULT = Text("{requester} your video is ready.")
RESULT_LENGTH = Text("It is {time} long.")
RESULT_LENGTH_WISHED = Text("It is {time} long; you asked for about {wished}.")
PAGE_LINK = Text("Watch the video")
VIDEO_LINK = Text("Download the video file")
VIDEO_LINK_NOTE = Text("(this link expires in about 7 days)")
ABOUT = Text("It is about: “{prompt}”")
NO_LINK_TO_SHOW = Text("Its link cannot be shown here. You will find the video in HeyGen.")
FRESH_LINKS = Text("Here are fresh links to the video of job {job_id}. Only you see them.")
PREVIEW_ALT = Text("Preview picture of the video about: {prompt}")

FAILURE = Text("{requester} this video could not be made.")
WHAT_TO_DO = Text("What to do: {hint}")
FAILURE_UNKNOWN = Text("The bot does not know the reason.")
FAILURE_HINT = Text(
    "Press “Try again” in the card. If it happens again, tell whoever runs the video bot."
)

SLOW = Text(
    "This video is taking longer than usual ({time} so far). Nothing is lost: the bot keeps "
    "asking HeyGen and will post the video here."
)
PARKED = Text(
    "{requester} HeyGen did not answer when this video was handed over. HeyGen lists something "
    "that may be this video, and for an hour has refused to show it. The request was not sent "
    "again, so that nothing is paid twice."
)
PARKED_HINT = Text(
    "The bot keeps asking HeyGen and goes on by itself once the answer is clear. You need not "
    "wait: in the card “Look again” asks at once, “Send again” may cost twice. Whoever runs the "
    "video bot can help; name job {job_id}."
)

DETOUR = Text("This comes as a direct message because the bot could not post in {place}. {reason}")
DETOUR_UNTHREADED = Text(
    "This comes as a message of its own because the bot could not reply in {place}. {reason}"
)
DETOUR_UNNAMED_PLACE = Text("the conversation you chose")

# -- what a person may ask of a job (domain/job/permissions.py)

CANCELLED_ALREADY = Text("This video is cancelled already.")
LOOKING_AGAIN = Text(
    "The bot asks HeyGen now. If the answer is clear, the video goes on by itself; if not, it "
    "stays on hold and the bot keeps asking."
)
AT_IT_ALREADY = Text("The bot is at it already: the card shows where the video stands.")
VIDEO_HAS_COME = Text("The video has come: it is in the thread.")
NOTHING_TO_CANCEL = Text("This video is at its end: there is nothing left to cancel.")
NOTHING_TO_CANCEL_HINT = Text("The card shows what became of it.")
STILL_UNDER_WAY = Text("This video is still under way.")
STILL_UNDER_WAY_HINT = Text("Wait for it, or cancel it first, and then try again.")
NOTHING_TO_LOOK_FOR = Text(
    "There is nothing to look for: HeyGen has told how this video ended, or nobody asked for it "
    "any more."
)
NOT_ON_HOLD = Text("Only a video that is on hold can be sent again.")
MAKE_ANEW_HINT = Text("To make it anew, press “Try again”.")
NO_VIDEO_TO_LINK = Text("There is no finished video here to link to.")
NO_VIDEO_TO_LINK_HINT = Text("The card shows where it stands.")
OUTSIDER = Text("Only people of the workspace that runs the video bot can do that.")
OUTSIDER_HINT = Text("Ask somebody there to do it.")
TRIED_ALREADY = Text("The bot has tried this one again already, as job {job_id}.")
MADE_ALREADY = Text("The bot has taken that already, as job {job_id}.")

# -- what went wrong, by class (domain/errors.py)

WENT_WRONG = Text("Something went wrong.")
WENT_WRONG_HINT = Text(
    "Try again in a few minutes. If it happens again, tell whoever runs the video bot."
)
REQUEST_REFUSED = Text("The request cannot be taken as it is.")
REQUEST_REFUSED_HINT = Text("Change the fields named and send it again.")
ATTACHMENT_UNUSABLE = Text("An attachment could not be used.")
ATTACHMENT_UNUSABLE_HINT = Text(
    "Press “Edit and run again” in the card, and attach it again or leave it out."
)
CONTROL_REFUSED = Text("This cannot be done with this video now.")
CONTROL_REFUSED_HINT = Text("The card shows where the video stands.")
NOT_YOURS = Text(
    "Only the person who asked for this video, or an admin of the workspace, can do that."
)
NOT_YOURS_HINT = Text("Ask one of them.")
JOB_UNKNOWN = Text("The video bot does not know this job.")
JOB_UNKNOWN_HINT = Text("Check its number; the card shows it.")
NOT_SAVED = Text("The video bot cannot save your request right now.")
NOT_SAVED_HINT = Text("Nothing was lost: your text is still here. Try again in a minute.")
STORE_REFUSED = Text("The database refused a change that would have made its contents wrong.")
STORE_REFUSED_HINT = Text(
    "Nothing was changed. Tell whoever runs the video bot; the log names the rule."
)
SHUTTING_DOWN = Text("The video bot is shutting down.")

HEYGEN_COULD_NOT = Text("HeyGen could not do this.")
HEYGEN_REFUSED = Text("HeyGen did not accept this request.")
HEYGEN_ID_UNKNOWN = Text("HeyGen does not know this id (any more).")
HEYGEN_BUSY = Text("HeyGen is busy with this account's other videos.")
HEYGEN_BLOCKED = Text("HeyGen does not accept requests of this account at the moment.")
HEYGEN_BLOCKED_HINT = Text(
    "Your request waits and is sent by itself once whoever runs the video bot has fixed it."
)
HEYGEN_UNREACHABLE = Text("HeyGen could not be reached.")
HEYGEN_OUTAGE = Text(
    "HeyGen does not answer at the moment. Your request is kept and is sent by itself as soon as "
    "HeyGen is back."
)
UNANSWERED_FOR_A_DAY = Text(
    "HeyGen gave no clear answer to this request for a day, and shows no video that came of it."
)
UNANSWERED_FOR_A_DAY_HINT = Text("Press “Try again” in the card to hand it over anew.")
NEVER_READY = Text("{reason} The bot asked for about an hour, and it did not change.")
NEVER_REACHED = Text("{reason} The bot tried for a day.")
NEVER_HINT = Text("Press “Try again” in the card once that has changed.")
HEYGEN_UNANSWERED = Text("HeyGen did not answer in time; the request may have arrived.")
HEYGEN_UNANSWERED_HINT = Text(
    "Nothing to do: the bot asks HeyGen whether it arrived before sending anything again."
)
CHANGE_REQUEST = Text("Press “Edit and run again” in the card and change the request.")
REQUEST_WAITS = Text("Nothing to do: the request waits and is sent again by itself.")
BOT_TRIES_AGAIN = Text("Nothing to do: the bot tries again by itself.")

SLACK_COULD_NOT = Text("Slack could not do this.")
SLACK_SLOW_DOWN = Text("Slack asks the bot to slow down.")
SLACK_UNREACHABLE = Text("Slack could not be reached.")
SLACK_UNCLEAR = Text("Slack did not answer clearly; the call may have had its effect.")

# -- what went wrong where somebody clicked or typed (handlers/errors.py)

WENT_WRONG_TITLE = Text("This did not work")  # of a modal: 24 characters
CLOSE = Text("Close")
NOTHING_CHANGED_HINT = Text("Nothing was changed. Try again in a minute.")
UNKNOWN_CLICK = Text("The video bot does not know this (any more).")
UNKNOWN_CLICK_HINT = Text("It may come from an older version of the bot. Type /video to go on.")

# -- what HeyGen's answers mean (heygen/errors.py, client.py, downloads.py; domain/job/progress.py)

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

# -- what Slack's refusals mean (slack/errors.py)

INVITE_BOT = Text("To get videos there, invite the bot with /invite.")
OTHER_CHANNEL = Text("Choose another channel next time.")
ASK_ADMIN = Text(
    "Ask a workspace admin to let the bot post there, or choose another channel next time."
)
TELL_OPERATOR = Text("Tell whoever runs the video bot; its log has the details.")
REINSTALL = Text("Ask whoever runs the video bot to install it again with the rights it asks for.")
CHECK_INSTALLED = Text("Ask whoever runs the video bot to check that it is still installed.")
NO_THREAD_HINT = Text("A new message in the channel still works.")
TELL_PERSON = Text("Tell this person another way.")
ATTACH_AGAIN = Text("Attach the file again, or leave it out.")
POSTED_INSTEAD = Text("A new message is posted instead.")
CHANNEL_OR_OPERATOR = Text("Choose another channel, or tell whoever runs the video bot.")
SCOPE_MISSING = Text("{hint} Missing: {needed}.")

NOT_IN_CHANNEL = Text("The bot is not a member of the channel.")
CHANNEL_UNSEEN = Text("The bot cannot see the channel.")
CHANNEL_ARCHIVED = Text("The channel is archived.")
CHANNEL_FROZEN = Text("The channel is frozen.")
CHANNEL_INVITE_ONLY = Text("The bot can only be invited there.")
MESSAGE_TAKES_NO_REPLY = Text("This message takes no replies.")
THREAD_GONE = Text("The thread is gone.")
THREAD_LOCKED = Text("The thread is locked.")
CHANNEL_WITHOUT_THREADS = Text("The channel has no threads.")
WORKSPACE_RULE = Text("A workspace rule forbids it.")
APP_RESTRICTED = Text("An admin lets only some people use the bot.")
CHANNEL_LIMITED = Text("Only some people and apps may join the channel or read it.")
NOT_ON_BEHALF = Text("The bot may not post there in somebody's name.")
CHANNEL_READ_ONLY = Text("Only some people may post there.")
CHANNEL_REPLIES_ONLY = Text("The channel takes replies only.")
CHANNEL_LOCKED = Text("The organisation has locked the channel.")
MESSAGE_GONE = Text("The message is gone.")
MESSAGE_NOT_EDITABLE = Text("The message cannot be edited.")
MESSAGE_TOO_OLD = Text("The message is too old to edit.")
MESSAGE_TOO_LONG = Text("The message was too long for Slack.")
MESSAGE_UNREADABLE = Text("Slack did not understand the message.")
MESSAGE_EMPTY = Text("The message was empty.")
HISTORY_TOO_LONG = Text("There are too many messages to look through.")
UPLOAD_UNSAFE = Text("Slack named no safe address to upload to.")
METADATA_REFUSED = Text("Slack did not take the message's metadata.")
ACCESS_RUN_OUT = Text("The bot's access to Slack has run out.")
BOT_REMOVED = Text("The bot was removed from this workspace.")
TOKEN_UNKNOWN = Text("Slack does not know the bot's token.")
TOKEN_MISSING = Text("The bot has no token for Slack.")
NOT_INSTALLED = Text("The bot is not installed in this workspace.")
RIGHT_MISSING = Text("The bot was installed without a right it needs.")
TOKEN_MAY_NOT = Text("The bot's token may not do this.")
PERSON_SWITCHED_OFF = Text("This person's account is switched off.")
PERSON_UNKNOWN = Text("Slack does not know this person.")
PERSON_UNSEEN = Text("The bot cannot see this person.")
MESSAGES_SWITCHED_OFF = Text("The bot's direct messages are switched off.")
SLACK_FILE_UNKNOWN = Text("Slack does not have this file.")
SLACK_FILE_DELETED = Text("The file was deleted.")
SLACK_FILE_UNSEEN = Text("The bot cannot see this file.")
SLACK_REFUSED_IT = Text("Slack refused it ({code}).")
SLACK_MOVING = Text("Slack is moving this workspace or channel.")

# -- the request: beside the fields of the form

PROMPT_MISSING = Text("Say what the video should be about; one sentence is enough.")
PROMPT_TOO_LONG = Text(
    "This is {count} characters long; HeyGen takes at most {most}. Shorten it by {excess}."
)
PROMPT_TOO_LONG_COMPOSED = Text(
    "With your other answers and the bot's directions this is longer than the {most} characters "
    "HeyGen takes. Shorten it by {excess}."
)
CHANNEL_MISSING = Text("Choose the channel that should get the video.")
ATTACHMENTS_TOO_MANY = Text(
    "These are {count} files and links together; at most {most} fit. Remove {excess}."
)
NOTE_WITHOUT_ATTACHMENT = Text(
    "There is nothing attached that “{line}” could be about. Attach a file or a link, or remove "
    "the line."
)
NOTE_UNKNOWN = Text(
    "“{line}” names none of the attachments. Begin each line with a name or its number: {names}."
)

# -- files

ALLOWED_TYPES = Text("PNG, JPEG, MP4, WebM, MP3, WAV, PDF or plain text (TXT, MD, CSV, SRT)")
A_FILE = Text("A file")
FILE_OTHER_TYPE = Text("“{name}” is of a type HeyGen does not take. Use {allowed}.")
FILE_OTHER_TYPE_INSTEAD = Text(
    "“{name}” is of a type HeyGen does not take. Save it as {instead} and attach that. "
    "Allowed are {allowed}."
)
FILE_EMPTY = Text("“{name}” is empty. Attach the file again, or remove it.")
FILE_TEXT_TOO_LONG = Text(
    "“{name}” is too long to read into the prompt: prompt and text files together may have "
    "{most} characters. Shorten it, or attach it as a PDF."
)
FILE_TOO_LARGE = Text("“{name}” has {size} MB; a file may have {most} MB. Use a smaller one.")
FILE_WITHOUT_BYTES = {  # by Slack's word for the kind of file
    "external": Text("“{name}” is kept outside Slack. Download it and attach the file itself."),
    "post": Text("“{name}” is a Slack post, not a file. Download it and attach the file itself."),
    "quip": Text("“{name}” is a canvas, not a file. Download it and attach the file itself."),
    "canvas": Text("“{name}” is a canvas, not a file. Download it and attach the file itself."),
    "tombstone": Text("“{name}” was deleted. Attach the file again, or remove it."),
    "hidden_by_limit": Text(
        "“{name}” is hidden by your workspace's storage limit. Attach the file again, or remove it."
    ),
}
FILE_LIES = Text("“{name}” is {kind}, which is not what its name says.")
FILE_LIES_HINT = Text("Press “Edit and run again” in the card and attach {allowed}.")
KIND_ZIP = Text("a ZIP archive or an Office document")
KIND_HEIC = Text("a HEIC picture")
KIND_GIF = Text("a GIF picture")
KIND_WEBP = Text("a WebP picture")
KIND_MOV = Text("a QuickTime video")
KIND_OTHER_MP4 = Text("a video or sound file that is no MP4")
KIND_MATROSKA = Text("a Matroska video")
KIND_OFFICE = Text("an old Office document")
KIND_NOT_UTF8 = Text("not text in UTF-8")
KIND_OF_TYPE = Text("of type {media_type}")
KIND_UNKNOWN = Text("something the bot does not know")
FILE_NOT_READABLE = Text("Slack does not let the bot read “{name}”, or is still checking it.")
FILE_NOT_SHOWN = Text("“{name}” cannot be used. {reason}")
START_AGAIN = Text("Press “Edit and run again” in the card for that.")
DISK_FULL = Text("The computer of the video bot has no room left for a file.")
DISK_FULL_HINT = Text(
    "Nothing to do: the bot tries again by itself once whoever runs it has made room."
)
TEXTS_TOO_LONG = Text(
    "The prompt and its text files are {excess} characters longer than the {most} HeyGen takes "
    "together."
)
TEXTS_TOO_LONG_HINT = Text(
    "Shorten the text file or save it as a PDF; then press “Edit and run again” in the card and "
    "attach that."
)
UPLOADING = Text("Uploading attachments: {ready} of {count} done.")

# -- links

ALLOWED_LINK_TYPES = Text("PNG, JPEG, MP4, WebM, MP3, WAV or PDF")
LINK_UNREADABLE = Text("“{link}” is not a link. Write one link in a line, beginning with https://.")
LINK_TOO_LONG = Text(
    "“{link}” has {count} characters; a link may have {most}. Attach the file itself."
)
LINK_NOT_HTTPS = Text(
    "“{link}” does not begin with https://, and HeyGen fetches nothing else. Use an https link, "
    "or attach the file itself."
)
LINK_WITH_LOGIN = Text(
    "“{link}” has an @ where a user name or a password would stand. Use a link without it, or "
    "attach the file itself."
)
LINK_WITH_PORT = Text("“{link}” names a port. Use a link without one, or attach the file itself.")
LINK_PRIVATE = Text(
    "“{link}” leads into a private network, where HeyGen cannot fetch it. Attach the file itself."
)
LINK_TO_SLACK = Text(
    "“{link}” leads into Slack, where HeyGen cannot read it. Attach the file itself."
)
LINK_TO_PAGE = Text(
    "“{link}” is a web page, and HeyGen takes files only. Paste its text into the prompt, or "
    "attach a file."
)
LINK_OTHER_TYPE = Text(
    "“{link}” leads to a type of file that HeyGen does not take from a link. Link to {allowed}, "
    "or attach a file."
)
LINK_TOO_LARGE = Text(
    "“{link}” has {size} MB; HeyGen fetches at most {most} MB from a link. Attach the file itself."
)
LINK_UNREACHABLE = Text("“{link}” could not be fetched: {reason}")
LINK_REASON_STATUS = Text("its server answers with status {status}.")
LINK_REASON_SILENT = Text("its server does not answer.")
LINK_REASON_REDIRECTS = Text("it leads on and on to other links.")
LINK_HINT = Text(
    "Press “Edit and run again” in the card, and attach the file itself or use a link that opens "
    "without a login."
)

# -- files that are larger than HeyGen takes in one piece (heygen/uploads.py)

ASSET_TOO_LARGE = Text("“{name}” has {size} MB; HeyGen takes files of up to {most} MB.")
ASSET_FAILED = Text("HeyGen could not read an attached file.")
STORAGE_AWAY = Text("HeyGen's storage could not be reached with an attached file.")
STORAGE_SLOW = Text("An attached file took too long on its way to HeyGen.")
STORAGE_REFUSED = Text("HeyGen's storage did not take an attached file.")
STORAGE_UNSAFE = Text("HeyGen named no safe address for an attached file.")

# -- lists of one's videos: /video list, /video status, the Home tab

LISTED_STATES = {  # by JobState; read away from the card
    "queued": Text("Waiting for its turn."),
    "submitting": Text("Being handed to HeyGen."),
    "rendering": Text("HeyGen is making the video."),
    "parked": Text("On hold: what HeyGen shows is not clear yet."),
    "completed": Text("Finished."),
    "failed": Text("This did not work."),
    "cancelled": Text("Cancelled."),
}
WHAT_NEXT = {  # by JobState
    "queued": Text("It starts as soon as a video before it is done; nothing to do for you."),
    "submitting": Text("HeyGen is getting it at this moment; nothing to do for you."),
    "rendering": Text("The finished video comes to its thread; nothing to do for you."),
    "parked": Text(
        "The bot keeps asking HeyGen and goes on by itself; whoever does not want to wait chooses "
        "in its card."
    ),
    "completed": Text("The video is in its thread."),
    "failed": Text("Its thread says why, and what to do."),
    "cancelled": Text("Nothing more will happen."),
}
LISTED_FACTS = Text("{orientation} · {time} · Job {job_id}")
OPEN_THREAD = Text("Open its thread")
LIST_TITLE = Text("*Your newest videos*")
LIST_EMPTY = Text(
    "You have not asked for a video yet. Type `/video` and say in one sentence what it should be "
    "about."
)
LIST_HINT = Text("`/video status` and a job's number tells more, `/video cancel` ends it.")
STATUS_TITLE = Text("*Job {job_id}*")
STATUS_WHICH = Text(
    "Which one? Type `/video status` and the number of a job; `/video list` shows yours."
)
CANCEL_WHICH = Text(
    "Which one? Type `/video cancel` and the number of a job; `/video list` shows yours."
)
CANCELLED_NOW = Text("Job {job_id} is cancelled. No video will come.")

# -- /video

HELP = Text(
    "`/video` opens a form: say what the video should be about, choose an orientation, attach "
    "files if you like. The finished video comes to the channel you choose.\n"
    "`/video some words` opens the same form with your words in it.\n"
    "`/video list` shows your newest videos.\n"
    "`/video status` and the number of a job tells where it stands.\n"
    "`/video cancel` and the number of a job ends it.\n"
    "`/video help` shows this.\n"
    "You can also mention the bot, write to it directly, or choose “Make a video of this” in the "
    "menu of a message. To change a video, mention the bot in its thread and say what should be "
    "different. All your videos are in the bot's Home tab."
)
UNKNOWN_COMMAND = Text(
    "I do not know `/video {word}`. Type `/video` to make a video, or `/video` and a few words "
    "about it. `/video help` says more."
)

# -- mentions, direct messages, shortcuts

MENTION_ANSWER = Text(
    "I can make a video of that. Nothing is made yet: the form has your words in it, and the video "
    "comes to this conversation."
)
MENTION_EMPTY = Text(
    "I make videos. Open the form and say in one sentence what it should be about; the video comes "
    "to this conversation. Or mention me together with those words."
)
BUTTON_FORM = Text("Fill in the form")
REVISION_EMPTY = Text(
    "To change the video in this thread, mention me and say what should be different. For a new "
    "video, open the form."
)
REVISION_ANSWER = Text(
    "I can make a new version of the video in this thread with this change. Nothing is made yet; a "
    "new version costs like a new video.\n{change}"
)
REVISION_WITH_FILES = Text(
    "I can make a new version of the video in this thread with this change and your files. Nothing "
    "is made yet: the form has them in it.\n{change}"
)
BUTTON_CHANGE = Text("Make this change")
CONFIRM_CHANGE = Text(
    "This makes a new video from the same request with this change. It costs like any new video "
    "and comes to this thread."
)
CONFIRM_CHANGE_YES = Text("Make the video")
BUTTON_CHANGE_FORM = Text("Change it in the form")
CHANGE_STARTED = Text(
    "{requester} asked for a new version of the video, as job {job_id}.\n{change}"
)
DRAFT_GONE = Text(
    "This button is more than a week old, and the bot has forgotten what it was for. Write to it "
    "once more."
)

# -- the Home tab

HOME_TITLE = Text("Your videos")
HOME_EMPTY = Text(
    "You have not asked for a video yet. Press “New video”, or type `/video` in any conversation."
)
HOME_NO_MORE = Text("There are no older videos.")
HOME_BUTTON_NEW = Text("New video")
HOME_BUTTON_NEWER = Text("Newer")
HOME_BUTTON_OLDER = Text("Older")
HOME_PAGE = Text("Page {number}")

# -- the form (title and its buttons 24 characters, options 75, placeholders 150)

FORM_TITLE = Text("Make a video")
FORM_SUBMIT = Text("Make video")
FORM_CANCEL = Text("Cancel")
FORM_BACK = Text("Back")
FORM_OPENING = Text("One moment, the form is on its way …")
FORM_NOT_OPENED = Text(
    "Slack did not let the bot open the form in time. Nothing was lost; please do the same again."
)
FORM_TOO_OLD = Text(
    "This form was opened too long ago, and the bot no longer has what belongs to it."
)
FORM_TOO_OLD_HINT = Text("Copy your text and open the form again.")

FIELD_PROMPT = Text("What should the video say?")
FIELD_PROMPT_PLACEHOLDER = Text("A 45-second welcome for new colleagues: who we are, first steps …")
FIELD_PROMPT_HINT = Text(
    "Topic, audience, tone and length help most. A longer script can come as a text file."
)
FIELD_PROMPT_MORE = Text("Anything to add to it?")
LONG_PROMPT = Text("*The whole text ({count} characters) is the prompt. It begins:*\n{beginning}")
FIELD_CHANGE = Text("What should be different?")
FIELD_CHANGE_PLACEHOLDER = Text("Shorter, and warmer in tone …")
FIELD_CHANGE_HINT = Text("This makes a new video and costs like one.")
CHANGE_MISSING = Text("Say what should be different; a few words are enough.")
FIELD_ORIENTATION = Text("Orientation")
ORIENTATION_OPTIONS = {  # by Orientation
    "landscape": Text("Landscape (16:9), for screens and slides"),
    "portrait": Text("Portrait (9:16), for phones and stories"),
}
FIELD_ATTACHMENTS = Text("Attachments")
FIELD_ATTACHMENTS_HINT = Text(
    "Logos, pictures, clips, a PDF or a script; up to {most} files of 10 MB."
)
FIELD_KEPT = Text("Attachments that came along")
FIELD_KEPT_MORE = Text("More attachments that came along")
FIELD_KEPT_HINT = Text("Take out the tick to leave one out.")
KEPT_UNUSABLE = Text("Cannot be used in a video")
KEPT_LINK = Text("Link")
FIELD_CHANNEL = Text("Where should it go?")
FIELD_CHANNEL_HINT = Text("Leave it empty to get the video in a direct message from me.")
FIELD_CHANNEL_HINT_DM = Text(
    "I cannot post in this conversation: leave it empty, and the video comes to your own direct "
    "messages with me."
)
GOES_TO_THREAD = Text("*Where it goes:* the video comes to this thread.")
GOES_TO_CHANNEL = Text("*Where it goes:* the video comes to {channel}.")
GOES_TO_DM = Text("*Where it goes:* the video comes to this direct message.")
FIELD_LAST_CHOICES = Text("From your last video")
LAST_CHOICES_OPTION = Text("Use the same choices again")
CHOICES_GONE = Text(
    "HeyGen no longer has this choice of the last video: {names}. Without another one HeyGen "
    "decides."
)
WRITING_NOT_KEPT = Text(
    "The prompt of the last video was edited by hand. This form makes a new one of your answers; "
    "look at it with “Preview prompt”."
)
BUTTON_MORE_OPTIONS = Text("More options")
BUTTON_PREVIEW = Text("Preview prompt")

HEADING_CONTENT = Text("What it is about")
HEADING_LOOKS = Text("Presenter and looks")
HEADING_WORDS = Text("Words and direction")
FIELD_LINKS = Text("Attachment links")
FIELD_LINKS_HINT = Text(
    "One https link in a line, to a picture, clip, sound file or PDF; with the files {most} in "
    "all. You may write behind it what it is for."
)
FIELD_NOTES = Text("What the attachments are for")
FIELD_NOTES_PLACEHOLDER = Text("logo.png: end card")
FIELD_NOTES_HINT = Text("One line for each: its name or number, a colon, what it is for.")
FIELD_PURPOSE = Text("Kind of video")
PURPOSES = {  # by Purpose
    "explainer": Text("Explainer: how something works"),
    "demo": Text("Demo: a product in use"),
    "tutorial": Text("Tutorial: step by step"),
    "pitch": Text("Pitch: why somebody should want it"),
    "announcement": Text("Announcement: what is new"),
    "social": Text("Social clip: short and quick"),
    "briefing": Text("Briefing: facts and figures"),
}
FIELD_LENGTH = Text("Length in seconds")
FIELD_LENGTH_HINT = Text(
    "From {least} to {most}; 90 is a minute and a half. HeyGen keeps to it roughly."
)
LENGTH_WRONG = Text("Write a whole number of seconds from {least} to {most}.")
FIELD_LANGUAGE = Text("Language of the video")
LANGUAGES = {  # by HeyGen's name
    "Arabic": Text("Arabic"),
    "Bulgarian": Text("Bulgarian"),
    "Chinese": Text("Chinese"),
    "Croatian": Text("Croatian"),
    "Czech": Text("Czech"),
    "Danish": Text("Danish"),
    "Dutch": Text("Dutch"),
    "English": Text("English"),
    "Finnish": Text("Finnish"),
    "French": Text("French"),
    "German": Text("German"),
    "Greek": Text("Greek"),
    "Hebrew": Text("Hebrew"),
    "Hindi": Text("Hindi"),
    "Hungarian": Text("Hungarian"),
    "Indonesian": Text("Indonesian"),
    "Italian": Text("Italian"),
    "Japanese": Text("Japanese"),
    "Korean": Text("Korean"),
    "Malay": Text("Malay"),
    "Norwegian": Text("Norwegian"),
    "Polish": Text("Polish"),
    "Portuguese": Text("Portuguese"),
    "Romanian": Text("Romanian"),
    "Russian": Text("Russian"),
    "Slovak": Text("Slovak"),
    "Spanish": Text("Spanish"),
    "Swedish": Text("Swedish"),
    "Thai": Text("Thai"),
    "Turkish": Text("Turkish"),
    "Ukrainian": Text("Ukrainian"),
    "Vietnamese": Text("Vietnamese"),
}
FIELD_AUDIENCE = Text("Audience")
FIELD_AUDIENCE_PLACEHOLDER = Text("New colleagues in their first week")
FIELD_TONE = Text("Tone")
FIELD_TONE_PLACEHOLDER = Text("Warm and plain")
FIELD_AVATAR = Text("Avatar")
FIELD_VOICE = Text("Voice")
FIELD_STYLE = Text("HeyGen style")
FIELD_LOOK = Text("Look")
FIELD_LOOK_HINT = Text("A HeyGen style, if you choose one, goes before it.")
LOOK_DEFAULT = Text("Default: after the tone, else clean and minimal")
FIELD_BRAND_KIT = Text("Brand kit")
FIELD_ON_SCREEN_TEXT = Text("Text on the screen")
FIELD_ON_SCREEN_TEXT_HINT = Text("One text in a line; each is shown exactly as you write it.")
FIELD_CALL_TO_ACTION = Text("Call to action")
FIELD_CALL_TO_ACTION_PLACEHOLDER = Text("Sign up at example.com")
FIELD_EXACT_WORDING = Text("Wording")
EXACT_WORDING_OPTION = Text("My text is a script: read it word for word")
FIELD_DETAIL = Text("How closely HeyGen is directed")
DETAILS = {  # by Detail
    "compact": Text("Briefly: HeyGen decides most things itself"),
    "standard": Text("As usual"),
    "full": Text("In detail, scene by scene"),
}
NO_PREFERENCE = Text("No preference")
LANGUAGE_OF_PROMPT = Text("As in the prompt")
DEFAULT_OPTION = Text("Default (HeyGen decides)")
GROUP_DEFAULT = Text("No choice")
GROUP_OWN = Text("Yours")
GROUP_PUBLIC = Text("Public")
CHOICE_GONE = Text("HeyGen does not have “{name}” any more. Choose another, or the default.")
VOICE_SPEAKS_OTHER = Text(
    "“{name}” speaks {language}, and the video is to be in {wanted}. Choose another voice, or "
    "another language."
)
STYLE_FOR_ONE_SHAPE = {  # by Shape
    "landscape": Text(
        "The style “{name}” is for landscape videos only. Choose another style, or landscape."
    ),
    "portrait": Text(
        "The style “{name}” is for portrait videos only. Choose another style, or portrait."
    ),
    "square": Text("The style “{name}” is for square videos only. Choose another style."),
}

PREVIEW_TITLE = Text("Preview of the prompt")
PREVIEW_FIELD = Text("This is what HeyGen gets")
PREVIEW_HINT = Text("You may change it; then it is sent as you write it here.")
PREVIEW_EMPTY = Text("There is no prompt left. Write one, or go back to the form.")
PREVIEW_TOO_LONG = Text(
    "Slack lets people edit at most {most} characters, so this prompt can only be read here. Go "
    "back to change your answers."
)
PREVIEW_LENGTH = Text("{count} characters; HeyGen takes {most}.")
PREVIEW_SECONDS = Text("About {seconds} seconds of video: {words} spoken words at {rate} a minute.")
PREVIEW_LENGTH_OPEN = Text("If your words name another length, that one counts.")
PREVIEW_COST = Text("HeyGen may charge about {low} to {high} US dollars for it; this is a guess.")
PROBLEM_TITLE = Text("Not yet")
PROBLEM_INTRO = Text("Before the prompt can be shown, go back and change this:")

# -- looks: options of a menu (75 characters; domain/prompt/styles.py)

LOOK_GROUP_SIMPLE = Text("Simple looks")
LOOK_GROUP_NAMED = Text("Named styles")
LOOK_GROUP_NONE = Text("No look")
LOOKS = {  # by key: its name, and what it is good for
    "minimalistic": (Text("Minimalistic"), Text("Calm and clear, for companies and software")),
    "cartoon": (Text("Cartoon"), Text("Drawn and friendly, for teaching")),
    "bold_vibrant": (Text("Bold and vibrant"), Text("Loud colours, for social media")),
    "cinematic": (Text("Cinematic"), Text("Like a film, for a brand's story")),
    "flat_design": (Text("Flat design"), Text("Simple shapes, for apps")),
    "gradient_modern": (Text("Gradient modern"), Text("Flowing colours, for start-ups")),
    "retro": (Text("Retro"), Text("Old times, for memories")),
    "deconstructed": (Text("Deconstructed"), Text("Raw, for news about technology")),
    "swiss_pulse": (Text("Swiss Pulse"), Text("Exact, for data and finance")),
    "digital_grid": (Text("Digital Grid"), Text("Technical, for engineering")),
    "geometric_bold": (Text("Geometric Bold"), Text("Few elegant shapes, for ideas")),
    "maximalist_type": (Text("Maximalist Type"), Text("Loud words, for launches")),
    "soft_signal": (Text("Soft Signal"), Text("Warm and close, for personal stories")),
    "warm_grain": (Text("Warm Grain"), Text("Natural, for sustainability")),
    "quiet_drama": (Text("Quiet Drama"), Text("Thoughtful, for portraits of people")),
    "heritage_reel": (Text("Heritage Reel"), Text("Nostalgic, for history")),
    "silk_route": (Text("Silk Route"), Text("Flowing, for many cultures")),
    "velvet_standard": (Text("Velvet Standard"), Text("Fine and quiet, for investors")),
    "contact_sheet": (Text("Contact Sheet"), Text("Like a magazine, for investigations")),
    "folk_frequency": (Text("Folk Frequency"), Text("Vivid and folksy, for festivals")),
    "earth_pulse": (Text("Earth Pulse"), Text("Rhythm and people, for music")),
    "dream_state": (Text("Dream State"), Text("Unreal and floating, for opinions")),
    "play_mode": (Text("Play Mode"), Text("Playful, for pop culture")),
    "carnival_surge": (Text("Carnival Surge"), Text("A party, for what was achieved")),
    "shadow_cut": (Text("Shadow Cut"), Text("Dark, for what was hidden")),
    "data_drift": (Text("Data Drift"), Text("Futuristic, for AI")),
    "red_wire": (Text("Red Wire"), Text("Urgent, for breaking news")),
    "none": (Text("None"), Text("HeyGen decides how it looks")),
}
