"""The examples agree with the bot, with its image and with each other."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from bot.slack.oauth import INSTALL_PATH, REDIRECT_PATH
from tests.deploy.examples import (
    COMPOSE,
    DEPLOY,
    HAPROXY,
    KUBERNETES,
    PROJECT,
    bots,
    container,
    environments,
    image,
    objects,
    pod,
    read,
)
from tests.web.serving import serving
from tools.dockerfile import environment

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
FOR_OTHERS = ["/heygen/callback", "/heygen/webhook", "/slack/events"]
PORT = environment(image().all("ENV"))["PORT"]
USER = image().all("USER")[0].text.split(":")
LABELS = {"app.kubernetes.io/name": "video-bot"}
PAGES = ("deploy/README.md", "docs/SCALING.md", "docs/WORKSPACES.md")


def balancer() -> str:
    """haproxy.cfg without its comments."""
    return re.sub(r"^\s*#.*\n", "", HAPROXY.read_text("utf-8"), flags=re.MULTILINE)


def balanced_paths() -> list[str]:
    """What the balancer lets through; /heygen/callback/ without its last slash."""
    (wanted,) = re.findall(r"deny_status 404 unless (.+)$", balancer(), re.MULTILINE)
    return sorted(path.rstrip("/") for path in re.findall(r"/\S+", wanted))


def ingress_rule() -> dict[str, Any]:
    (rule,) = objects()["Ingress"]["spec"]["rules"]
    assert isinstance(rule, dict)
    return rule


async def test_what_is_asked_for_its_health_answers(tmp_path: Path) -> None:
    paths = {container()[probe]["httpGet"]["path"] for probe in PROBES}
    paths |= set(re.findall(r"httpchk GET (\S+)", balancer()))

    async with serving(tmp_path) as bot:
        statuses = {path: (await bot.ask("GET", path)).status for path in sorted(paths)}

    assert statuses == {"/livez": 200, "/readyz": 200}


def test_only_readiness_depends_on_others() -> None:
    probes = {probe: container()[probe]["httpGet"]["path"] for probe in PROBES}

    assert probes == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }
    assert re.findall(r"httpchk GET (\S+)", balancer()) == ["/readyz"]


async def test_routes_for_slack_and_heygen_exist_and_are_all_that_is_let_through(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as bot:
        # 405, not 404: there is a route, for another method.
        statuses = [
            (await bot.ask("DELETE", path)).status
            for path in ("/slack/events", "/heygen/callback/a-token", "/heygen/webhook")
        ]
        elsewhere = (await bot.ask("DELETE", "/heygen/callback")).status

    assert [*statuses, elsewhere] == [405, 405, 405, 404]
    assert balanced_paths() == FOR_OTHERS
    assert sorted(each["path"] for each in ingress_rule()["http"]["paths"]) == FOR_OTHERS


def test_comments_name_the_two_routes_of_several_workspaces() -> None:
    for path in (HAPROXY, KUBERNETES / "ingress.yaml"):
        comments = " ".join(re.findall(r"^\s*# (.+)$", path.read_text("utf-8"), re.MULTILINE))

        assert f"{INSTALL_PATH} and {REDIRECT_PATH}" in comments


def test_ports_are_the_images() -> None:
    (port,) = container()["ports"]
    (served,) = objects()["Service"]["spec"]["ports"]
    asked = {container()[probe]["httpGet"]["port"] for probe in PROBES}
    backends = [each["backend"]["service"] for each in ingress_rule()["http"]["paths"]]

    assert image().all("EXPOSE")[0].words == [PORT]
    assert str(port["containerPort"]) == PORT
    assert {port["name"]} == asked == {served["targetPort"]}
    assert {each["port"]["name"] for each in backends} == {served["name"]}
    assert {each["name"] for each in backends} == {objects()["Service"]["metadata"]["name"]}


def test_balancer_knows_every_replica_by_its_port() -> None:
    servers = re.findall(r"^\s*server (\S+) (\S+)$", balancer(), re.MULTILINE)

    assert servers == [(name, f"{name}:{PORT}") for name in bots()]
    assert len(servers) == 2


def test_balancer_gets_its_port_its_certificate_and_its_file() -> None:
    service = read(COMPOSE)["services"]["balancer"]
    ((port, certificate),) = re.findall(r"bind :(\d+) ssl crt (\S+)", balancer())

    assert service["ports"] == [f"443:{port}"]
    assert certificate in [f"/run/secrets/{name}" for name in service["secrets"]]
    assert [each.split(":")[0] for each in service["volumes"]] == [f"./{HAPROXY.name}"]


def test_labels_lead_to_the_pods() -> None:
    deployment, budget = objects()["Deployment"]["spec"], objects()["PodDisruptionBudget"]["spec"]
    (spread,) = pod()["topologySpreadConstraints"]

    assert deployment["template"]["metadata"]["labels"] == LABELS
    assert deployment["selector"]["matchLabels"] == LABELS
    assert budget["selector"]["matchLabels"] == LABELS
    assert spread["labelSelector"]["matchLabels"] == LABELS
    assert objects()["Service"]["spec"]["selector"] == LABELS


def test_one_replica_is_always_left() -> None:
    deployment = objects()["Deployment"]["spec"]

    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert objects()["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_public_address_is_the_host_of_the_ingress() -> None:
    ingress = objects()["Ingress"]["spec"]
    (tls,) = ingress["tls"]

    assert tls["hosts"] == [ingress_rule()["host"]]
    assert dict(environments())["kubernetes"]["PUBLIC_URL"] == f"https://{tls['hosts'][0]}"


def test_replicas_run_as_the_images_user_on_a_file_system_that_cannot_be_written() -> None:
    security = pod()["securityContext"]

    assert [str(security["runAsUser"]), str(security["runAsGroup"])] == USER
    assert str(security["fsGroup"]) == USER[1]  # else it may not read its secrets
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True
    assert all(service["read_only"] and "user" not in service for service in bots().values())


def test_files_on_their_way_have_a_folder_that_can_be_written() -> None:
    (files,) = (each for each in pod()["volumes"] if "emptyDir" in each)
    mounts = {each["name"]: each["mountPath"] for each in container()["volumeMounts"]}
    (volume,) = image().all("VOLUME")  # it belongs to the image's user

    for name, added in environments():
        folder = added["TMPDIR"]
        assert [folder] == volume.words
        assert folder == mounts[files["name"]] if name == "kubernetes" else folder
    assert all(service["volumes"] == volume.words for service in bots().values())


def test_every_image_has_a_version() -> None:
    images = [each["image"] for each in read(COMPOSE)["services"].values()]

    for name in (*images, container()["image"]):
        tag = PurePosixPath(name).name.partition(":")[2]
        assert re.match(r"\d+", tag), name


def test_database_and_replicas_come_back_by_themselves_and_may_end_in_peace() -> None:
    services = read(COMPOSE)["services"]

    assert {each["restart"] for each in services.values()} == {"unless-stopped"}
    assert all(service["stop_grace_period"] == "15s" for service in bots().values())
    pause = container()["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod()["terminationGracePeriodSeconds"] >= pause + 2 * 5  # the bot stops within five


@pytest.mark.parametrize("name", PAGES)
def test_links_exist(name: str) -> None:
    page = PROJECT / name
    links = re.findall(r"\]\(([^)\s]+)", page.read_text("utf-8"))

    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" not in link:
            target = page.parent / path if path else page
            assert target.exists(), link
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M) if anchor else []
            assert not anchor or anchor in map(_slug, headings), link


def test_readme_leads_here() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")

    assert "(docs/SCALING.md)" in readme
    assert "(docs/WORKSPACES.md)" in readme
    assert "(deploy/README.md)" in readme
    assert (DEPLOY / "README.md").exists()


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
