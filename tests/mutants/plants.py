"""The planted bugs: what each replaces, and the part of the suite that should notice it.

`before` must stand exactly once in its file; when the product changes, its plant changes too.
"""

from __future__ import annotations

from dataclasses import dataclass

SUBMIT = "tests/workflow/test_submitting.py tests/workflow/test_restart.py"
DELIVER = "tests/workflow/test_delivering.py tests/workflow/test_restart.py"
POLL = "tests/workflow/test_polling.py"
STORE = "tests/store"
INTAKE = "tests/handlers tests/scenarios/test_bad_input.py"
WEB = "tests/web"
WAYS_IN = (
    "tests/handlers/test_message_payloads.py tests/workflow/test_mentions.py "
    "tests/scenarios/test_ways_in.py tests/scenarios/test_revisions.py"
)
MODAL = (
    "tests/handlers/test_payloads.py tests/handlers/test_composer_answers.py "
    "tests/handlers/test_composer_view.py tests/handlers/test_catalogue_menus.py "
    "tests/handlers/test_video_composer.py tests/handlers/test_prompt_preview.py "
    "tests/workflow/test_drafts.py tests/scenarios/test_modal.py"
)
CATALOGUE = (
    "tests/store/test_catalogue.py tests/heygen/test_catalogue.py tests/workflow/test_catalogue.py"
)
CONTRACT = "tests/sandbox/test_heygen_server.py tests/sandbox/test_heygen_refusals.py"
WEBHOOKS = "tests/heygen/test_endpoints.py tests/cli/test_webhooks.py"
OUTAGES = "tests/workflow/test_outages.py"
DOOR = "tests/web/test_door.py"
LOCK = "tests/store/test_sqlite.py -k"
LOGGED = "tests/scenarios/test_process.py -k reach_the_log"
BAD_HOURS = "tests/workflow/test_slack_bad_hours.py"
TOKEN = "tests/scenarios/test_token.py -k HTTP"
DOORS = "tests/scenarios/test_outsiders_and_repeats.py"
HOME = "tests/store/test_homes.py tests/workflow/test_home.py"
SET_UP = "tests/setup/test_makefile.py tests/setup/test_newer_releases.py"


@dataclass(frozen=True)
class Mutant:
    name: str
    path: str
    before: str
    after: str
    tests: str  # pytest's arguments


MUTANTS = [
    Mutant(
        "ack before the job is on disk",
        "bot/workflow/intake.py",
        "        job, is_new = await self._store.add_job(job, request.attachments)\n",
        "        import asyncio\n"
        "        saving = asyncio.ensure_future(self._store.add_job(job, request.attachments))\n"
        "        is_new = not saving.done()\n",
        INTAKE,
    ),
    Mutant(
        "request_key ignored",
        "bot/workflow/intake.py",
        "request_key=request.request_key,",
        "request_key=secrets.token_hex(8),",
        INTAKE,
    ),
    Mutant(
        "commit dropped",
        "store/writer.py",
        'else "COMMIT")',
        'else "ROLLBACK")',
        STORE,
    ),
    Mutant(
        "a failing change undoes nothing",
        "store/writer.py",
        'connection.execute("ROLLBACK TO change")',
        "pass",
        STORE,
    ),
    Mutant(
        "version not checked when a job is saved",
        "store/job_changes.py",
        "version = version + 1\nWHERE id = ? AND version = ?\n",
        "version = version + 1\nWHERE id = ? AND ? IS NOT NULL\n",
        STORE,
    ),
    Mutant(
        "owed messages forgotten with the move",
        "store/job_changes.py",
        "for kind in change.owed:",
        "for kind in change.owed[:0]:",
        STORE,
    ),
    Mutant(
        "gate one too wide",
        "store/job_changes.py",
        ".fetchone()[0] >= limit_running:",
        ".fetchone()[0] > limit_running:",
        STORE,
    ),
    Mutant(
        "lock file taken by everybody",
        "store/lock_file.py",
        "fcntl.LOCK_EX | fcntl.LOCK_NB",
        "fcntl.LOCK_SH | fcntl.LOCK_NB",
        f"{LOCK} second_opener",
    ),
    Mutant(
        "message posted that is not marked before the call",
        "store/deliveries.py",
        "UPDATE deliveries SET state = 'posting', attempts",
        "UPDATE deliveries SET state = 'due', attempts",
        f"{STORE} {DELIVER}",
    ),
    Mutant(
        "reconcile skipped",
        "bot/workflow/submitter.py",
        "if job.attempt_at is None or await self._reconciler.may_send_again(job):",
        "if True:",
        SUBMIT,
    ),
    Mutant(
        "attempt not written before the create",
        "bot/workflow/submitter.py",
        "attempt_at=job.attempt_at or now,",
        "attempt_at=None,",
        SUBMIT,
    ),
    Mutant(
        "unclear create treated as without effect",
        "bot/workflow/submitter.py",
        "if isinstance(error, VideoAgentOutcomeUnknown) or is_still_running:",
        "if is_still_running:",
        SUBMIT,
    ),
    Mutant(
        "asset id not kept at once",
        "bot/workflow/attachments.py",
        "            await self._store.save_attachment"
        "(job_id, position, ready, self._clock.now())\n",
        "",
        SUBMIT,
    ),
    Mutant(
        "another key for each send",
        "bot/workflow/submitter.py",
        "key=idempotency_key(job),",
        "key=secrets.token_hex(8),",
        SUBMIT,
    ),
    Mutant(
        "a job under way started twice",
        "bot/workflow/submitter.py",
        "if job.id not in self._under_way:",
        "if True:",
        SUBMIT,
    ),
    Mutant(
        "second look left out",
        "bot/workflow/recovery.py",
        "return min(LOOKS_MOST, job.attempt_count + 1)",
        "return min(LOOKS_MOST, job.attempt_count)",
        SUBMIT,
    ),
    Mutant(
        "sent again and again for ever",
        "bot/workflow/recovery.py",
        "        if _has_tried_enough(job, now):\n",
        "        if False:\n",
        SUBMIT,
    ),
    Mutant(
        "another job's session adopted",
        "bot/workflow/recovery.py",
        "for candidate in [s for s in reversed(listed) if s.session_id not in owned]:",
        "for candidate in reversed(listed):",
        SUBMIT,
    ),
    Mutant(
        "any prompt taken for ours",
        "bot/workflow/recovery.py",
        "elif is_same_prompt(job.id, job.final_prompt, session.first_user_message):",
        "else:",
        SUBMIT,
    ),
    Mutant(
        "breaker that does not close the gate",
        "bot/workflow/gate.py",
        "        self._closed_until = timing.breaker_retry_at(now, self._interval_s)\n",
        "        self._closed_until = now\n",
        SUBMIT,
    ),
    Mutant(
        "mark not looked for",
        "bot/workflow/deliverer.py",
        "            if found is not None:",
        "            if False:",
        DELIVER,
    ),
    Mutant(
        "unclear post taken for not sent",
        "bot/workflow/deliverer.py",
        'log.warning("post unclear", job_id=owed.job.id, delivery=delivery.id, code=error.code)\n'
        "            await self._look_at(delivery, self._looks.first_at(delivery, error))",
        "await self._put_back(delivery, timedelta(seconds=5))",
        DELIVER,
    ),
    Mutant(
        "share of a picture with alt text believed",
        "bot/workflow/file_deliverer.py",
        "        if self._alt_text(owed):\n            await self._look_at",
        "        if False:\n            await self._look_at",
        "tests/workflow/test_file_delivering.py",
    ),
    Mutant(
        "people of other workspaces start videos",
        "bot/domain/permissions.py",
        "    if who.is_outsider:\n        raise Outsider\n",
        "",
        "tests/workflow/test_variations.py",
    ),
    Mutant(
        "two clicks make two videos in the other orientation",
        "bot/domain/job.py",
        'f"turned:{parent.id}"',
        'f"turned:{id}"',
        "tests/workflow/test_variations.py",
    ),
    Mutant(
        "failure without a reason retried for ever",
        "bot/domain/progress.py",
        "RETRIES_WITHOUT_REASON = 1",
        "RETRIES_WITHOUT_REASON = 9",
        POLL,
    ),
    Mutant(
        "news of a finished job believed again",
        "bot/domain/progress.py",
        "if job.state is not JobState.RENDERING or job.video_id != news.video_id:",
        "if job.video_id != news.video_id:",
        f"tests/domain {POLL}",
    ),
    Mutant(
        "callback token not compared",
        "bot/workflow/callbacks.py",
        "        if job is None or not hmac",
        "        job = job or next(iter(await self._store.recent_jobs(1)), None)\n"
        "        if job is None or False and not hmac",
        WEB,
    ),
    Mutant(
        "repeated mention answered again",
        "bot/workflow/mentions.py",
        "        if not await self._store.drafts.keep(draft, self._clock.now()):\n"
        "            return None\n",
        "        await self._store.drafts.keep(draft, self._clock.now())\n",
        WAYS_IN,
    ),
    Mutant(
        "change made once for each click",
        "handlers/mentions.py",
        "request_key=draft.key",
        "request_key=draft.key + pressed.user_id + str(id(body))",
        WAYS_IN,
    ),
    Mutant(
        "words of an app taken for a person's",
        "handlers/message_payloads.py",
        "is_elsewhere or is_by_app:",
        "is_elsewhere:",
        WAYS_IN,
    ),
    Mutant(
        "outsider starts a video",
        "handlers/message_payloads.py",
        "    return str(_team_of(body) or own_team_id) != own_team_id\n",
        "    return False\n",
        WAYS_IN,
    ),
    Mutant(
        "Home settled whatever happened meanwhile",
        "store/homes.py",
        "SET due_at = NULL WHERE user_id = ? AND due_at = ?",
        "SET due_at = NULL WHERE user_id = ? AND ? <> ''",
        HOME,
    ),
    Mutant(
        "Home read before it is put off",
        "bot/workflow/home.py",
        "        await self._store.homes.settle(home.user_id, guarded_until)\n",
        "        await self._store.homes.put_off(\n"
        "            home.user_id, guarded_until, rest_until=now + self._every)\n"
        "        await self._store.homes.settle(home.user_id, guarded_until)\n",
        HOME,
    ),
    Mutant(
        "move of a job not told to Home",
        "store/job_changes.py",
        "    if job.state != before[0]:\n        homes.wish(",
        "    if False:\n        homes.wish(",
        HOME,
    ),
    Mutant(
        "Home published as often as anything moves",
        "store/homes.py",
        "due_at = max(?1, rest_until)",
        "due_at = ?1",
        HOME,
    ),
    Mutant(
        "somebody else's prompt told by /video status",
        "handlers/command_answers.py",
        "is_own = listed.job.requester_id == person.user_id",
        "is_own = True",
        "tests/handlers/test_command_answers.py",
    ),
    Mutant(
        "bot's own direct messages called a place where it cannot post",
        "handlers/video_command.py",
        "is_from_dm=draft.is_from_dm and not is_own_dm",
        "is_from_dm=draft.is_from_dm",
        "tests/handlers/test_video_command.py",
    ),
    Mutant(
        "prompt measured without the padding it is sent with",
        "bot/workflow/intake.py",
        "            padding=self._length_padding,\n",
        "",
        "tests/workflow/test_intake.py",
    ),
    Mutant(
        "card of a variation does not say what is different",
        "bot/slack/card.py",
        "        *_change(job, say),\n",
        "",
        "tests/slack/test_messages.py",
    ),
    Mutant(
        "form and its preview make two videos",
        "handlers/payloads.py",
        "{view.get('root_view_id') or view['id']}",
        "{view['id']}",
        MODAL,
    ),
    Mutant(
        "preview forgets the files of the form",
        "handlers/prompt_preview.py",
        "        attachments=request.attachments,\n",
        "",
        MODAL,
    ),
    Mutant(
        "prompt edited in the preview not sent",
        "handlers/prompt_preview.py",
        "written_prompt=edited",
        'written_prompt=""',
        MODAL,
    ),
    Mutant(
        "choice not looked up again at submit",
        "handlers/composer_answers.py",
        "        **choice_faults(brief, orientation, entries),\n",
        "",
        MODAL,
    ),
    Mutant(
        "choices of the last video cannot be taken back",
        "handlers/composer_answers.py",
        "return NO_BRIEF if is_taken_back",
        "return NO_BRIEF if False",
        MODAL,
    ),
    Mutant(
        "form of a lost draft taken as an empty one",
        "handlers/composer_reader.py",
        "            raise DraftGone\n",
        '            return Draft(key="", requester_id=filled.user_id, team_id=filled.team_id)\n',
        MODAL,
    ),
    Mutant(
        "sentence beside a field that is not shown",
        "handlers/composer_answers.py",
        "place = field if form.shows(field) else ids.PROMPT",
        "place = field",
        MODAL,
    ),
    Mutant(
        "form changed meanwhile does not get wider",
        "handlers/video_composer.py",
        "if refusal.code != _CHANGED_MEANWHILE:",
        "if True:",
        MODAL,
    ),
    Mutant(
        "form waits for the disk while its trigger dies",
        "handlers/modals.py",
        "timeout=LOADING_AFTER_S",
        "timeout=None",
        MODAL,
    ),
    Mutant(
        "draft that Slack cannot hold not kept",
        "bot/workflow/drafts.py",
        "    return draft != simple or len(draft.prompt) > holds_chars\n",
        "    return len(draft.prompt) > holds_chars\n",
        MODAL,
    ),
    Mutant(
        "eleven boxes in a field",
        "handlers/views/elements.py",
        "CHECKBOXES_MAX = 10",
        "CHECKBOXES_MAX = 11",
        MODAL,
    ),
    Mutant(
        "prompt of a form longer than its field",
        "handlers/views/composer.py",
        "    return len(prompt) > TEXT_INPUT_MAX_CHARS\n",
        "    return len(prompt) > TEXT_INPUT_MAX_CHARS + 1\n",
        MODAL,
    ),
    Mutant(
        "option longer than Slack takes",
        "handlers/views/elements.py",
        "clipped(text, OPTION_MAX_CHARS) or",
        "text or",
        "tests/handlers/test_catalogue_menus.py -k long_name",  # hypothesis shrinks for long
    ),
    Mutant(
        "half a list shown as the catalogue",
        "bot/workflow/catalogue.py",
        "            await self._store.add_page(kind, page)\n",
        "            await self._store.add_page(kind, page)\n"
        "            await self._store.finish_list(kind, self._clock.now())\n",
        CATALOGUE,
    ),
    Mutant(
        "male found in female",
        "store/catalogue.py",
        'return word if is_run_on else f" {word}"',
        "return word",
        CATALOGUE,
    ),
    Mutant(
        "list that goes round in circles",
        "bot/heygen/lists.py",
        "        if token in seen:\n",
        "        if token in []:\n",
        CATALOGUE,
    ),
    Mutant(
        "unreadable list taken for an empty one",
        "bot/heygen/lists.py",
        "    if data and not lines:\n",
        "    if data is lines:\n",
        CATALOGUE,
    ),
    Mutant(
        "look offered before it is ready",
        "bot/heygen/catalogue.py",
        "filter(_is_ready, lines) if is_avatar else lines",
        "lines",
        CATALOGUE,
    ),
    Mutant(
        "webhook endpoint registered twice",
        "bot/cli/webhooks.py",
        "        _refuse_second(address, await endpoints.list_all())\n",
        "",
        WEBHOOKS,
    ),
    Mutant(
        "secret rotated twice when the answer is lost",
        "bot/heygen/endpoints.py",
        "lambda: self._api.write(_secret, path, key=key)",
        "lambda: self._api.write(_secret, path, key=_new_key())",
        WEBHOOKS,
    ),
    Mutant(
        "blank idempotency key sent",
        "bot/heygen/connection.py",
        'KEY_PATTERN = re.compile(r"[A-Za-z0-9_\\-:.]{1,255}")',
        'KEY_PATTERN = re.compile(r"[A-Za-z0-9_\\-:.]{0,255}")',
        "tests/heygen/test_client.py",
    ),
    Mutant(
        "field sent that the contract does not know",
        "bot/heygen/client.py",
        '        "incognito_mode": True,\n',
        '        "incognito_mode": True,\n        "auto_proceed": True,\n',
        "tests/heygen/test_client.py",
    ),
    Mutant(
        "stand-in's answer lacks a required field",
        "bot/sandbox/heygen_answers.py",
        '            "type": message.type,\n',
        "",
        CONTRACT,
    ),
    Mutant(
        "stand-in tells a code of another status",
        "bot/sandbox/heygen_server.py",
        'RefusedError(404, "video_not_found", "No such video")',
        'RefusedError(404, "video_unknown", "No such video")',
        CONTRACT,
    ),
    Mutant(
        "stand-in takes a blank idempotency key",
        "bot/sandbox/heygen_edges.py",
        "        if key is not None:  # a blank",
        "        if key:  # a blank",
        CONTRACT,
    ),
    Mutant(
        "stand-in tells nobody what it answered",
        "bot/sandbox/heygen_edges.py",
        "        if not dropped:\n",
        "        if dropped:\n",
        "tests/contract",
    ),
    Mutant(
        "parked after two sends, whatever the evidence",
        "bot/workflow/recovery.py",
        "        if _has_tried_enough(job, now):\n"
        "            return fail(looked, UNANSWERED, now)\n",
        "        if job.attempt_count >= 2:\n            return park(looked, 'sent twice', now)\n",
        f"{OUTAGES} {SUBMIT}",
    ),
    Mutant(
        "an outage is no reason to stop sending",
        "bot/domain/breaker.py",
        "FAILURES_TO_OPEN = 3",
        "FAILURES_TO_OPEN = 10**9",
        OUTAGES,
    ),
    Mutant(
        "after an outage everybody goes at once",
        "bot/workflow/gate.py",
        "        if not self._sends.is_open:\n            return True\n        if self.wants_read",
        "        if True:\n            return True\n        if self.wants_read",
        OUTAGES,
    ),
    Mutant(
        "a second session is never looked for",
        "bot/domain/progress.py",
        "    if job.attempt_count < 2:\n        return job\n",
        "    if True:\n        return job\n",
        OUTAGES,
    ),
    Mutant(
        "silence counts as time",
        "bot/domain/progress.py",
        "    return _followed(job, replace(job, updated_at=now, "
        "due_at=pace.next_poll_at(job, now)))\n",
        "    return _still_rendering(job, replace(job, updated_at=now, "
        "due_at=pace.next_poll_at(job, now)), now)\n",
        f"tests/domain/test_progress.py {OUTAGES}",
    ),
    Mutant(
        "time that nobody watched counts for a time-out",
        "bot/domain/timing.py",
        "WATCHED_GAP_MOST_S = 600.0",
        "WATCHED_GAP_MOST_S = 4e9",
        f"tests/domain/test_progress.py {OUTAGES}",
    ),
    Mutant(
        "a page of the edge is HeyGen's verdict",
        "bot/heygen/errors.py",
        "status not in _EDGE_MAY_SAY and not _is_verdict(document):",
        "status not in _EDGE_MAY_SAY and False:",
        "tests/heygen/test_errors.py tests/heygen/test_client.py",
    ),
    Mutant(
        "waits of everybody are counted as this job's",
        "bot/workflow/submitter.py",
        "kind, until = None, self._gate.pause(error, now)",
        "kind, until = WaitKind.NOT_READY, self._gate.pause(error, now)",
        OUTAGES,
    ),
    Mutant(
        "an old job fails at the first refused connection",
        "bot/workflow/submitter.py",
        "is_over = job.wait_count >= UNREACHABLE_WAITS and lasts > UNREACHABLE_FOR",
        "is_over = now - job.created_at > UNREACHABLE_FOR",
        OUTAGES,
    ),
    Mutant(
        "one read at a time",
        "bot/workflow/poller.py",
        "READS_AT_ONCE = 8",
        "READS_AT_ONCE = 1",
        OUTAGES,
    ),
    Mutant(
        "a video that is not served yet never comes",
        "bot/workflow/file_deliverer.py",
        "DeliveryKind.FILE: _NOT_SERVED_STEPS",
        "DeliveryKind.FILE: ()",
        "tests/workflow/test_file_delivering.py",
    ),
    Mutant(
        "a session told while the database is locked is thrown away",
        "bot/workflow/submitter.py",
        "            self._unsaved[job.id] = session\n",
        "",
        OUTAGES,
    ),
    Mutant(
        "a task that breaks keeps its job until the lease ends",
        "bot/workflow/submitter.py",
        "            self._broken[job.id] = self._clock.now() "
        "+ timedelta(seconds=self._pace.interval_s)\n",
        "",
        OUTAGES,
    ),
    Mutant(
        "a due time beyond every pause is believed",
        "store/job_questions.py",
        "AND due_at > ?2 ORDER BY due_at LIMIT ?3)",
        "AND due_at > ?2 AND 0 ORDER BY due_at LIMIT ?3)",
        OUTAGES,
    ),
    Mutant(
        "set-up weighs releases that no lock names",
        "Makefile",
        "EXACTLY := --no-deps --require-hashes",
        "EXACTLY := --require-hashes",
        SET_UP,
    ),
    Mutant(
        "image weighs releases that no lock names",
        "Dockerfile",
        "    --no-deps --require-hashes --only-binary :all: -r requirements.lock",
        "    --require-hashes --only-binary :all: -r requirements.lock",
        SET_UP,
    ),
    Mutant(
        "demo installs what only tests need",
        "Makefile",
        "demo: $(RUNTIME)",
        "demo: $(DEV)",
        SET_UP,
    ),
    Mutant(
        "venv whose Python is gone is kept",
        "Makefile",
        "ifneq ($(HAS),$(or $(WANTED),none))",
        "ifneq ($(HAS),$(or $(WANTED),$(HAS)))",
        SET_UP,
    ),
    Mutant(
        "changed lock leaves old packages behind",
        "Makefile",
        "$(if $(wildcard $(DEV)),requirements-dev.lock)",
        "",
        SET_UP,
    ),
    Mutant(
        "packed bodies taken",
        "bot/web/door.py",
        'if request.headers.get("Content-Encoding", "identity").lower() != "identity":',
        "if False:",
        DOOR,
    ),
    Mutant(
        "packed bodies unpacked before they are refused",
        "bot/web/server.py",
        "auto_decompress=False",
        "auto_decompress=True",
        "tests/strangers",
    ),
    Mutant(
        "connections without end",
        "bot/web/visitors.py",
        "self._most = min(limits.connections, _open_files() // 2)",
        "self._most = 1_000_000",
        DOOR,
    ),
    Mutant(
        "newcomers kept out instead of the silent",
        "bot/web/visitors.py",
        "            self._show_out(next(iter(crowd or self._served)))\n",
        "            return visitor.close()\n",
        DOOR,
    ),
    Mutant(
        "unfinished bodies held without end",
        "bot/web/visitors.py",
        "while self._unfinished_bytes > self.limits.unfinished_bytes:",
        "while False:",
        DOOR,
    ),
    Mutant(
        "no deadline for a head",
        "bot/web/visitors.py",
        "        self._visitors.let_in(self)\n        self._within(self._limits.head_s)\n",
        "        self._visitors.let_in(self)\n",
        DOOR,
    ),
    Mutant(
        "no deadline for a body",
        "bot/web/visitors.py",
        "self._within(self._limits.body_s)",
        "self._within(None)",
        DOOR,
    ),
    Mutant(
        "bodies of a megabyte taken",
        "bot/web/door.py",
        "BODY_MAX_BYTES = 400_000",
        "BODY_MAX_BYTES = 1_000_000",
        DOOR,
    ),
    Mutant(
        "every stranger has a line in the log",
        "bot/observe.py",
        "        if not self._is_resting:\n",
        "        if True:\n",
        f"{DOOR} tests/cli/test_observe.py tests/web/test_heygen_webhook.py",
    ),
    Mutant(
        "database's own file not locked",
        "store/lock_file.py",
        "            itself = _held(real, undo)\n",
        "            itself = os.open(real, os.O_RDWR | os.O_CREAT, OWNER_ONLY)\n",
        f"{LOCK} leads_past_the_lock",
    ),
    Mutant(
        "moved database written to",
        "store/sqlite.py",
        "if now != epoch or not lock.is_still_there():",
        "if now != epoch:",
        f"{LOCK} lost_its_database",
    ),
    Mutant(
        "former owner goes on writing",
        "store/sqlite.py",
        "if now != epoch or not lock.is_still_there():",
        "if not lock.is_still_there():",
        f"{LOCK} lost_its_database",
    ),
    Mutant(
        "database readable by everybody",
        "store/lock_file.py",
        "OWNER_ONLY = 0o600",
        "OWNER_ONLY = 0o644",
        f"{LOCK} only_the_owner",
    ),
    Mutant(
        "libraries log at debug",
        "bot/observe.py",
        "    handler.addFilter(_is_to_be_written)\n",
        "",
        f"tests/cli/test_observe.py {LOGGED}",
    ),
    Mutant(
        "attachment's name sent as it is",
        "bot/heygen/uploads.py",
        "plain_file_name(content.name)",
        "content.name",
        "tests/heygen/test_uploads.py",
    ),
    Mutant(
        "site-local address taken for a public one",
        "bot/domain/addresses.py",
        "return ip in _UNICAST_6 and not",
        "return not",
        "tests/domain/test_addresses.py",
    ),
    Mutant(
        "address for protocols taken for a public one",
        "bot/domain/addresses.py",
        '"192.0.0.0/24", ',
        '"192.0.0.0/29", ',
        "tests/domain/test_addresses.py",
    ),
    Mutant(
        "a message in doubt is looked for once",
        "bot/domain/timing.py",
        "MESSAGE_LOOKS_S = (5.0, 10.0, 20.0, 40.0, 50.0)",
        "MESSAGE_LOOKS_S = (5.0,)",
        f"{BAD_HOURS} -k shown_late",
    ),
    Mutant(
        "looks are forgotten at a restart",
        "store/deliveries.py",
        "attempts = max(0, attempts - ?), looks = looks + ?",
        "attempts = max(0, attempts - ?), looks = max(0, looks - 1 + ?)",
        f"{BAD_HOURS} -k restarts",
    ),
    Mutant(
        "a doubt stops the whole queue while Slack cannot be read",
        "bot/workflow/deliverer.py",
        "            pause = MIGRATION_PAUSE if is_moving else self._rest(LOOKS, error)\n"
        "            await self._look_after(delivery, pause)\n        except SlackRefused",
        "            raise SlackUnavailable from error\n        except SlackRefused",
        f"{BAD_HOURS} -k nobody_else",
    ),
    Mutant(
        "not a member, so posted again unseen",
        "bot/workflow/deliverer.py",
        "            if error.code != NOT_A_MEMBER:\n                raise\n",
        "            raise\n",
        f"{BAD_HOURS} -k joined_before",
    ),
    Mutant(
        "the search believes our own clock",
        "bot/slack/threads.py",
        '(None, f"{(since - LOOK_BACK).timestamp():.6f}")',
        '(f"{(since - LOOK_BACK).timestamp():.6f}",)',
        "tests/slack/test_threads.py -k clock",
    ),
    Mutant(
        "an answer without a ts is a message called None",
        "bot/slack/errors.py",
        "    if not isinstance(value, str):\n",
        "    if value is None:\n        return str(value)\n    if not isinstance(value, str):\n",
        f"{BAD_HOURS} -k broken_answer",
    ),
    Mutant(
        "any Retry-After of Slack's is believed",
        "bot/domain/errors.py",
        "self.retry_after_s = believed_pause_s(asked_s)",
        "self.retry_after_s = asked_s",
        f"{BAD_HOURS} -k retry_after",
    ),
    Mutant(
        "one channel's slow-down is everybody's",
        "bot/workflow/deliverer.py",
        "            pause = self._slow_down(pace_of(owed), error)",
        "            pause = self._slow_down(EVERYTHING, error)",
        f"{BAD_HOURS} -k one_channel",
    ),
    Mutant(
        "a token that works again is noticed after ten minutes",
        "bot/app.py",
        "            if part.resume():\n",
        "            if False:\n",
        TOKEN,
    ),
    Mutant(
        "readiness does not notice a revoked token",
        "bot/slack/connection.py",
        '            self._refusal = _refusal_of("SLACK_BOT_TOKEN", error.code)\n',
        "",
        TOKEN,
    ),
    Mutant(
        "a repeat of Slack's opens its form again",
        "handlers/triggers.py",
        "        if trigger_id in self._seen:",
        "        if False:",
        f"{DOORS} -k dead",
    ),
    Mutant(
        "a used trigger is told as too late",
        "handlers/modals.py",
        "        if refusal.code != USED_TRIGGER:\n            raise\n",
        "        raise\n",
        f"{DOORS} -k trigger",
    ),
    Mutant(
        "outsiders are taken in at the one door",
        "bot/workflow/intake.py",
        "        if request.is_outsider:\n",
        "        if False:\n",
        f"{DOORS} -k outsiders",
    ),
    Mutant(
        "a text too large for Slack costs the picture",
        "bot/workflow/file_deliverer.py",
        "        elif error.code == ALT_TEXT_TOO_LARGE and self._alt_text(owed):",
        "        elif False:",
        f"{BAD_HOURS} -k too_large",
    ),
    Mutant(
        "why a channel cannot be joined is not told",
        "bot/workflow/deliverer.py",
        "return error.code if error.code in JOIN_SAYS_MORE else NOT_A_MEMBER",
        "return NOT_A_MEMBER",
        f"{BAD_HOURS} -k cannot_be_joined",
    ),
    Mutant(
        "a stop that ends unclear is a read that worked",
        "bot/workflow/guarded_agent.py",
        "except (VideoAgentUnavailable, VideoAgentOutcomeUnknown):",
        "except VideoAgentUnavailable:",
        OUTAGES,
    ),
    Mutant(
        "a session of others that cannot be read hides ours",
        "bot/workflow/recovery.py",
        "            if error.code == OUTAGE:\n                raise\n            return None\n",
        "            raise\n",
        OUTAGES,
    ),
    Mutant(
        "a bulk question that ends last keeps its jobs for ever",
        "bot/workflow/poller.py",
        "if self._under_way.get(job_id) is task:",
        "if self._under_way[job_id] is task:",
        OUTAGES,
    ),
    Mutant(
        "looks that a clock brought together count as apart",
        "bot/workflow/recovery.py",
        "if left_s > CLOCKS_DIFFER_S else None",
        "if False else None",
        f"{OUTAGES} {SUBMIT}",
    ),
    Mutant(
        "session thrown away when the disk is full",
        "bot/workflow/submitter.py",
        "                if error.retryable:\n                    return False\n",
        "",
        "tests/crash/test_full_disk.py",
    ),
    Mutant(
        "soft limit of open files stays low",
        "bot/web/visitors.py",
        "        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))\n",
        "        pass\n",
        WEB,
    ),
    Mutant(
        "each connection without a file told",
        "bot/observe.py",
        '        if "socket.accept()" in context["message"]:\n            told()\n',
        '        if "socket.accept()" in context["message"]:\n'
        '            log.error("no file left for a connection")\n',
        "tests/cli/test_observe.py",
    ),
    Mutant(
        "renderings written though nobody can ask",
        "bot/workflow/poller.py",
        "return [job for job in due if not self._gate.reads_again_at(now, _kind(job))][:1]\n",
        "return due[:1]\n",
        OUTAGES,
    ),
    Mutant(
        "cards put off one by one while edits wait",
        "bot/workflow/deliverer.py",
        "            if delivery.is_edit and self._pauses.until(EDITS):  # edits come last\n"
        "                break\n",
        "",
        BAD_HOURS,
    ),
    Mutant(
        "bulk route asked for ever though it alone fails",
        "bot/workflow/poller.py",
        "        if self._bulk_failures < BULK_TRIES:\n            return False\n",
        "        return False\n",
        POLL,
    ),
    Mutant(
        "an outage of everything taken for the bulk route's",
        "bot/workflow/poller.py",
        "        except VideoAgentError:\n            return False\n        log.info",
        "        except VideoAgentError:\n            pass\n        log.info",
        POLL,
    ),
    Mutant(
        "all renderings taken up though one may ask",
        "bot/workflow/poller.py",
        "_gate.reads_again_at(now, _kind(job))][:1]\n",
        "_gate.reads_again_at(now, _kind(job))]\n",
        OUTAGES,
    ),
    Mutant(
        "a closed kind of read wakes nobody when it opens",
        "bot/workflow/poller.py",
        "min([*closed, next_at] if next_at else closed, default=None)",
        "next_at",
        OUTAGES,
    ),
    Mutant(
        "sessions and videos come and go together",
        "bot/workflow/guarded_agent.py",
        'SESSION, VIDEO, LIST, STOP, PING = "session", "video", ',
        'SESSION, VIDEO, LIST, STOP, PING = "session", "session", ',
        OUTAGES,
    ),
    Mutant(
        "Retry-After of a read ignored",
        "bot/workflow/poller.py",
        "is_hurried, asked_s or 0.0)",
        "is_hurried)",
        POLL,
    ),
    Mutant(
        "those about whom nobody was asked are written on",
        "bot/workflow/poller.py",
        "        if error.code != OUTAGE:\n            log.warning",
        "        if True:\n            log.warning",
        OUTAGES,
    ),
    Mutant(
        "a session that does not answer knows no reason",
        "bot/workflow/poller.py",
        "        except VideoAgentNotFound:\n            return None\n\n\ndef _kind",
        "        except VideoAgentError:\n            return None\n\n\ndef _kind",
        POLL,
    ),
    Mutant(
        "one kind of read that fails has every try",
        "bot/workflow/gate.py",
        "self._interval_s if kind == self._failed_last else 0.0",
        "0.0",
        OUTAGES,
    ),
    Mutant(
        "a look is put off for less than it may not pass",
        "bot/workflow/recovery.py",
        "max(soon, self._gate.reads_again_at(now, LIST) or soon)",
        "soon",
        OUTAGES,
    ),
    Mutant(
        "messages in doubt put off one by one while looks wait",
        "bot/workflow/deliverer.py",
        '            "has_looks": self._pauses.until(LOOKS) is None,\n',
        '            "has_looks": True,\n',
        BAD_HOURS,
    ),
]
