"""Every file of deploy/ is what its reader expects, by that reader's own schema."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.examples import (
    COMPOSE,
    DEPLOY,
    KUBERNETES,
    KUBERNETES_VERSIONS,
    compose_fault,
    kubernetes_fault,
    objects,
    read,
)

NAMES = sorted(str(path.relative_to(DEPLOY)) for path in DEPLOY.rglob("*.y*ml"))
KINDS = ("Deployment", "Ingress", "PodDisruptionBudget", "Secret", "Service")


@pytest.mark.parametrize("name", NAMES)
def test_file_is_one_yaml_document_and_is_judged(name: str) -> None:
    path = DEPLOY / name

    document = read(path)

    assert isinstance(document, dict)
    assert path == COMPOSE or KUBERNETES in path.parents  # else nobody here judges it


def test_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("restart: always\nimage: a\nrestart: no\n", "utf-8")

    with pytest.raises(yaml.YAMLError, match="twice: restart"):
        read(path)


def test_compose_keeps_to_the_specification() -> None:
    assert compose_fault(read(COMPOSE)) is None


def test_all_kinds_are_there() -> None:
    assert sorted(objects()) == list(KINDS)


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_object_keeps_to_the_schema(kind: str, version: str) -> None:
    assert kubernetes_fault(objects()[kind], version) is None


def rename(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def renamed(where: dict[str, Any]) -> None:
        where[new] = where.pop(old)

    return renamed


def put(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda where: where.update({name: value})


def broken(document: Any, path: str, spoil: Callable[[dict[str, Any]], None]) -> Any:
    document = where = copy.deepcopy(document)
    for step in filter(None, path.split("/")):
        where = where[int(step) if step.isdigit() else step]
    spoil(where)
    return document


@pytest.mark.parametrize(
    ("path", "spoil", "words"),
    [
        ("", rename("services", "service"), "service"),
        ("services/bot-1", rename("restart", "restrat"), "restrat"),
        ("services/bot-1", put("image", 17), "image"),
        ("services/postgres", put("ports", {"5432": "5432"}), "ports"),
        ("services/postgres/healthcheck", rename("retries", "retrys"), "healthcheck"),
        ("services/bot-2/depends_on/postgres", rename("condition", "when"), "depends_on"),
        ("secrets/database_url", rename("file", "path"), "path"),
    ],
)
def test_typo_in_compose_is_refused(
    path: str, spoil: Callable[[dict[str, Any]], None], words: str
) -> None:
    fault = compose_fault(broken(read(COMPOSE), path, spoil))

    assert fault
    assert words in fault


POD = "spec/template/spec"


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize(
    ("kind", "path", "spoil", "words"),
    [
        ("Deployment", "", put("apiVersion", "apps/v9"), "apps/v9"),
        ("Deployment", "spec", put("replicas", "two"), "'two'"),
        ("Deployment", "spec", rename("selector", "select"), "select"),
        ("Deployment", POD + "/containers/0", rename("readinessProbe", "readyProbe"), "readyProbe"),
        ("Deployment", POD + "/containers/0/livenessProbe/httpGet", rename("path", "url"), "url"),
        ("Deployment", POD + "/containers/0/lifecycle/preStop", rename("sleep", "slep"), "slep"),
        ("Deployment", POD + "/volumes/1/emptyDir", rename("sizeLimit", "size"), "size"),
        ("Ingress", "spec/rules/0/http/paths/0", rename("backend", "service"), "backend"),
        ("PodDisruptionBudget", "spec", rename("maxUnavailable", "maxUnavailible"), "Unavailible"),
        ("Secret", "stringData", put("heygen-api-key", 1), "1"),
        ("Service", "spec/ports/0", put("port", "http"), "http"),
    ],
)
def test_typo_in_an_object_is_refused(
    kind: str, path: str, spoil: Callable[[dict[str, Any]], None], words: str, version: str
) -> None:
    fault = kubernetes_fault(broken(objects()[kind], path, spoil), version)

    assert fault
    assert words in fault
