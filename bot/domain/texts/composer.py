"""The form (title and its buttons 24 characters, options 75, placeholders 150)."""

from __future__ import annotations

from bot.domain.words import Text

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
