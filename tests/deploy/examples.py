"""The files of deploy/ as values, and the judges that they are held against. Offline."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from tools.dockerfile import Stage, stages

PROJECT = Path(__file__).parent.parent.parent
DEPLOY = PROJECT / "deploy"
COMPOSE = DEPLOY / "compose/compose.yaml"
HAPROXY = DEPLOY / "compose/haproxy.cfg"
KUBERNETES = DEPLOY / "kubernetes"
SECRET = KUBERNETES / "secret-example/secret.yaml"
# The oldest that deployment.yaml speaks of, and the newest that the judge knows.
KUBERNETES_VERSIONS = ("1.30", kubernetes_validate.latest_version())


class _Loader(yaml.SafeLoader):
    """Refuses a name that is there twice; PyYAML by itself takes the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if twice := {name for name in names if names.count(name) > 1}:
            raise yaml.constructor.ConstructorError(
                problem=f"twice: {', '.join(twice)}", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """One document, as a strict reader takes it."""
    return yaml.load(path.read_text("utf-8"), _Loader)


def compose_fault(document: Any) -> str | None:
    """What the Compose Specification has against it."""
    schema = get_builtin_schema("vendor.compose-spec")
    judge = jsonschema.validators.validator_for(schema)(schema)
    error = jsonschema.exceptions.best_match(judge.iter_errors(document))
    return None if error is None else f"{error.json_path}: {error.message}"


def kubernetes_fault(document: Any, version: str) -> str | None:
    """What this version of Kubernetes has against it."""
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{error.json_path}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    return None


def objects() -> dict[str, dict[str, Any]]:
    """Everything that Kubernetes is given, by its kind; each kind is there once."""
    documents = [read(path) for path in (*sorted(KUBERNETES.glob("*.yaml")), SECRET)]
    found = {document["kind"]: document for document in documents}
    assert len(found) == len(documents)
    return found


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = objects()["Deployment"]["spec"]["template"]["spec"]
    return spec


def container() -> dict[str, Any]:
    (only,) = pod()["containers"]
    assert isinstance(only, dict)
    return only


def bots() -> dict[str, dict[str, Any]]:
    """The replicas in compose.yaml, by name."""
    services = read(COMPOSE)["services"]
    return {name: each for name, each in services.items() if each["image"].startswith("video-bot:")}


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """(example, what a replica's environment adds to the image's)."""
    for name, service in bots().items():
        yield name, service["environment"]
    yield "kubernetes", {each["name"]: each["value"] for each in container()["env"]}


def image() -> Stage:
    """The last stage of the Dockerfile, which is what runs."""
    return stages((PROJECT / "Dockerfile").read_text("utf-8"))[-1]
