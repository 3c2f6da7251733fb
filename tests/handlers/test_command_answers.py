"""/video help, list, status and cancel: what counts as a question, and what is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import texts
from bot.domain.delivery.notice import PostedMessage
from bot.domain.job.job import Failure, Job, JobState, VideoResult
from bot.sandbox.faults import Fault
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.state import Message
from handlers.command_answers import Asked, Question, asked
from tests.builders import NOON, a_job, changed
from tests.handlers.listening import ListeningBot

JOB_ID = "2f9c0a1b3d4e"
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("two words", id="two words"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("two\twords", id="tab"),
        pytest.param("help me", id="help as a first word"),
        pytest.param("list of our products", id="list as a first word"),
        pytest.param("list 2f9c0a1b3d4e", id="list with a number"),
        pytest.param("status update", id="status as a first word"),
        pytest.param("status of 2f9c0a1b3d4e", id="status with more words"),
        pytest.param("cancel culture", id="cancel as a first word"),
        pytest.param("cancel 2f9c0a1b3d4e and start anew", id="cancel with more words"),
        pytest.param("status cafe", id="a word of hexadecimal letters"),
        pytest.param("status job interview", id="job as a second word"),
        pytest.param("cancel job", id="job alone"),
        pytest.param("新入社員を歓迎する動画を作ってください", id="a sentence without spaces"),
        pytest.param("ยินดีต้อนรับ", id="Thai"),
    ],
)
def test_beginning_of_a_prompt_is_no_question(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("help", Asked(Question.HELP), id="help"),
        pytest.param("HELP", Asked(Question.HELP), id="capitals"),
        pytest.param(" List ", Asked(Question.LIST), id="list"),
        pytest.param("status", Asked(Question.STATUS), id="status of nothing"),
        pytest.param("cancel", Asked(Question.CANCEL), id="cancel nothing"),
        pytest.param(f"status {JOB_ID}", Asked(Question.STATUS, JOB_ID), id="status"),
        pytest.param(f"Cancel {JOB_ID.upper()}", Asked(Question.CANCEL, JOB_ID), id="cancel"),
        pytest.param(f"status `{JOB_ID}`.", Asked(Question.STATUS, JOB_ID), id="copied with marks"),
        pytest.param(f"status #{JOB_ID}", Asked(Question.STATUS, JOB_ID), id="number sign"),
        pytest.param(f"status Job {JOB_ID}", Asked(Question.STATUS, JOB_ID), id="as on the card"),
        pytest.param("status abc123", Asked(Question.STATUS, "abc123"), id="half a number"),
        pytest.param("cancel deadbeefcafe", Asked(Question.CANCEL, "deadbeefcafe"), id="letters"),
        pytest.param("stauts", Asked(Question.UNKNOWN, "stauts"), id="unknown word"),
        pytest.param("a", Asked(Question.UNKNOWN, "a"), id="one letter"),
    ],
)
def test_question_is_understood(text: str, question: Asked) -> None:
    assert asked(text) == question


async def answer(bot: ListeningBot, text: str, person: Person | None = None) -> Message:
    """What the person alone is answered."""
    person = person or bot.ana
    known = len(bot.slack.channel("general").ephemerals)
    assert (await person.command(text)).ok

    def look() -> Message | None:
        fresh = bot.slack.channel("general").ephemerals[known:]
        return next((m for m in fresh if m.ephemeral_to == person.user.id), None)

    return await bot.slack.wait_for(look, 3.0, f"an answer to /video {text}")


async def add(bot: ListeningBot, id: str = JOB_ID, **fields: object) -> Job:
    fields = {"requester_id": bot.ana.user.id, "prompt": "Welcome *all* <@U1>", **fields}
    job = a_job(id, **fields)
    await bot.store.jobs.add(job, [])
    return job


async def post_card(bot: ListeningBot, job: Job) -> None:
    card, place = f"{job.id}.card", PostedMessage("C1", "1764000000.000100")
    await bot.store.deliveries.mark_posting(card, NOON + 60 * SECOND)
    await bot.store.deliveries.mark_posted(card, place, NOON)


async def test_help_names_every_way(bot: ListeningBot) -> None:
    told = await answer(bot, "help")

    assert told.text == texts.HELP
    for way in ("/video list", "/video status", "/video cancel", "mention"):
        assert way in told.text


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        pytest.param("stauts", "`/video stauts`", id="unknown"),
        pytest.param("`rm`", "`/video 'rm'`", id="backticks"),
        pytest.param("<!channel>", "`/video &lt;!channel&gt;`", id="channel ping"),
        pytest.param("<@U1>&", "`/video &lt;@U1&gt;&amp;`", id="mention"),
    ],
)
async def test_unknown_word_is_shown_back_and_can_become_nothing_else(
    bot: ListeningBot, word: str, shown: str
) -> None:
    told = await answer(bot, word)

    assert shown in told.text
    assert "/video help" in told.text


async def test_endless_word_is_shown_in_part(bot: ListeningBot) -> None:
    assert len((await answer(bot, "x" * 4_000)).text) < 300


@pytest.mark.parametrize("word", ["status", "cancel"])
async def test_question_without_a_number_asks_for_it(bot: ListeningBot, word: str) -> None:
    assert f"`/video {word}` and the number" in (await answer(bot, word)).text


async def test_list_without_videos_says_how_to_get_one(bot: ListeningBot) -> None:
    assert (await answer(bot, "list")).text == texts.LIST_EMPTY


async def test_list_shows_the_ten_newest_of_this_person_with_links(bot: ListeningBot) -> None:
    for n in range(11):
        await add(bot, f"{n:012x}", prompt=f"Video {n:02}", created_at=NOON + n * SECOND)
    await add(bot, "of-ben", requester_id="U-BEN", prompt="Ben's own")
    done = a_job("done", requester_id=bot.ana.user.id, created_at=NOON + 60 * SECOND)
    done = changed(done, state=JobState.COMPLETED, result=VideoResult(None, "https://e.com/page"))
    await bot.store.jobs.add(done, [])
    await post_card(bot, done)

    told = (await answer(bot, "list")).text

    titles = [f"Video {n:02}" for n in range(11)]
    assert [title in told for title in titles] == [False, False] + [True] * 9
    assert told.index("Video 10") < told.index("Video 02")
    assert "Ben's own" not in told
    assert "Finished." in told
    assert "<https://e.com/page|Watch the video>" in told
    assert f"{bot.slack.url}/archives/C1/p1764000000000100|Open its thread" in told


async def test_words_of_people_stay_words_in_a_list(bot: ListeningBot) -> None:
    await add(bot)

    told = (await answer(bot, "list")).text

    assert "*Welcome all &lt;@U1&gt;*" in told


@pytest.mark.parametrize("state", list(JobState))
async def test_status_tells_state_and_what_comes_next(bot: ListeningBot, state: JobState) -> None:
    await add(bot, state=state, progress=40)

    told = (await answer(bot, f"status {JOB_ID}")).text

    assert JOB_ID in told
    assert texts.LISTED_STATES[state] in told
    assert texts.WHAT_NEXT[state] in told
    assert ("40 percent done." in told) == (state is JobState.RENDERING)
    assert ("next in the queue" in told) == (state is JobState.QUEUED)


async def test_status_of_a_failed_video_says_why(bot: ListeningBot) -> None:
    failure = Failure("c", "The voice <is> missing.", "Choose another.")
    await add(bot, state=JobState.FAILED, failure=failure)

    assert "The voice &lt;is&gt; missing." in (await answer(bot, f"status {JOB_ID}")).text


async def test_status_of_somebody_else_s_video_keeps_its_words_and_links(
    bot: ListeningBot,
) -> None:
    await add(bot, requester_id="U-BEN", prompt="A secret plan")
    await post_card(bot, a_job(JOB_ID))

    told = (await answer(bot, f"status {JOB_ID}")).text

    assert "Waiting for its turn." in told
    assert "secret" not in told
    assert "archives" not in told


async def test_cancel_cancels_and_says_so(bot: ListeningBot) -> None:
    await add(bot)

    told = await answer(bot, f"cancel {JOB_ID}")

    assert told.text == f"Job {JOB_ID} is cancelled. No video will come."
    assert (await bot.store.jobs.get(JOB_ID)).state is JobState.CANCELLED


async def test_cancel_twice_is_answered_kindly(bot: ListeningBot) -> None:
    await add(bot)
    await answer(bot, f"cancel {JOB_ID}")

    assert (await answer(bot, f"cancel {JOB_ID}")).text == texts.CANCELLED_ALREADY


async def test_cancel_of_a_finished_video_is_refused_in_words(bot: ListeningBot) -> None:
    await add(bot, state=JobState.COMPLETED)

    assert texts.NOTHING_TO_CANCEL in (await answer(bot, f"cancel {JOB_ID}")).text


async def test_cancel_of_somebody_else_s_video_is_for_admins(bot: ListeningBot) -> None:
    await add(bot, requester_id="U-BEN")
    bot.slack.add_user("boss", is_admin=True)

    refused = await answer(bot, f"cancel {JOB_ID}")
    done = await answer(bot, f"cancel {JOB_ID}", bot.slack.person("boss"))

    assert "Only the person who asked for this video" in refused.text
    assert "is cancelled" in done.text


@pytest.mark.parametrize("word", ["status", "cancel"])
async def test_unknown_number_is_answered_in_words(bot: ListeningBot, word: str) -> None:
    assert "does not know this job" in (await answer(bot, f"{word} {JOB_ID}")).text


async def test_answer_does_not_wait_long_for_the_language(bot: ListeningBot) -> None:
    bot.slack.faults.add("users.info", Fault("slow", seconds=5.0))

    assert (await answer(bot, "help")).text == texts.HELP
