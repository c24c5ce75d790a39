"""Dockerfile and compose file say and do the same as the Makefile and the settings."""

import json
import os
import re
from typing import Any

import pytest
import yaml

from hub.settings import Settings
from tests.architecture.source import PACKAGES, ROOT

SETTINGS = {f"HUB_{name.upper()}" for name in Settings.model_fields}


def lines(name: str) -> list[str]:
    """The instructions of a file: continued lines joined, comments left out."""
    text = re.sub(r"\\\n\s*", "", (ROOT / name).read_text(encoding="utf-8"))
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


DOCKERFILE = lines("Dockerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def instructions(kind: str) -> list[str]:
    return [line.partition(" ")[2] for line in DOCKERFILE if line.startswith(f"{kind} ")]


def environment() -> dict[str, str]:
    return dict(item.split("=", 1) for line in instructions("ENV") for item in line.split())


def test_the_image_installs_with_the_targets_of_the_makefile() -> None:
    steps = [step for step in instructions("RUN") if step.startswith("make")]
    assert steps == ["make dependencies PYTHON=python3", "make install PYTHON=python3"]
    for step in steps:
        assert re.search(rf"^{step.split()[1]}:", MAKEFILE, re.MULTILINE)
    assert "--require-hashes -r" in MAKEFILE
    assert not any("pip" in step for step in instructions("RUN"))


def test_the_image_starts_as_the_makefile_does() -> None:
    [start] = instructions("CMD")
    shell, flag, command = json.loads(start)
    assert (shell, flag) == ("sh", "-c")
    served = re.findall(r"hub (migrate|serve)\b", command)
    run = MAKEFILE[MAKEFILE.index("\nrun:") : MAKEFILE.index("\n.PHONY: test")]
    assert served == re.findall(r"\$\(HUB\) (migrate|serve)\b", run) == ["migrate", "serve"]
    assert "exec hub serve" in command


def test_the_build_stage_and_the_final_stage_have_the_same_python() -> None:
    build, final = (line.split()[0] for line in instructions("FROM"))
    assert final == build.replace("-bookworm", "-slim-bookworm")
    assert instructions("WORKDIR") == ["/srv/hub", "/srv/hub"]


def test_what_is_copied_exists_and_is_let_through() -> None:
    let_through = {line[1:].rstrip("/") for line in lines(".dockerignore") if line[0] == "!"}
    copied = {
        path.rstrip("/")
        for line in instructions("COPY")
        if not line.startswith("--from=")
        for path in line.split()[:-1]
    }
    assert copied == let_through
    assert set(PACKAGES) <= copied
    for path in copied:
        assert (ROOT / path).exists(), path
    assert lines(".dockerignore")[0] == "*"


def test_the_image_runs_as_nobody_special_in_production() -> None:
    assert instructions("USER") == ["hub"]
    assert DOCKERFILE.index("USER hub") > max(
        index for index, line in enumerate(DOCKERFILE) if line.startswith(("RUN", "COPY"))
    )
    given = environment()
    assert given["HUB_ENV"] == "production"
    assert given["HUB_HOST"] == "0.0.0.0"
    assert instructions("VOLUME") == [given["HUB_DATA_DIR"]]
    assert instructions("EXPOSE") == [given["HUB_PORT"]]


def test_the_image_holds_no_secret() -> None:
    words = re.compile(r"(?i)secret|password|token|_key")
    assert not [line for line in DOCKERFILE if words.search(line)]


def test_the_health_check_asks_whether_it_can_answer() -> None:
    [check] = instructions("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    assert "/readyz" in command[2]
    compile(command[2], "healthcheck", "exec")


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "Makefile"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"\bHUB_[A-Z_]+\b", (ROOT / name).read_text(encoding="utf-8")))
    assert named <= SETTINGS


def test_the_settings_that_the_image_gives_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    for name, value in environment().items():
        if name.startswith("HUB_"):
            monkeypatch.setenv(name, value)
    settings = Settings()
    assert not settings.is_development
    assert settings.resolved_database_url == "sqlite:///data/hub.sqlite3"


def test_compose_refuses_to_start_without_its_secrets() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for secret in ("HUB_SECRET_KEY", "POSTGRES_PASSWORD"):
        used = re.findall(rf"\$\{{{secret}([^}}]*)\}}", text)
        assert used
        assert all(rest.startswith(":?") and "docs/deployment.md" in rest for rest in used)


def test_compose_starts_the_hub_when_the_others_are_well() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"hub", "worker", "postgres", "redis"}
    for name, condition in services["hub"]["depends_on"].items():
        assert condition == {"condition": "service_healthy"}
        assert services[name]["healthcheck"]["test"]
    assert services["postgres"]["image"].startswith("postgres:18")
    assert services["redis"]["image"].startswith("redis:")
    assert {"postgres", "redis"} == set(services["hub"]["depends_on"])


def test_compose_starts_a_worker_as_the_server_but_without_its_port() -> None:
    hub, worker = COMPOSE["services"]["hub"], COMPOSE["services"]["worker"]
    assert worker["depends_on"] == {"hub": {"condition": "service_healthy"}}  # it has migrated
    assert worker["image"] == hub["image"]
    assert worker["command"] == ["hub", "worker"]
    assert hub["environment"]["HUB_WORKER_INLINE"] == "false"
    assert worker["environment"].items() <= hub["environment"].items()
    assert set(worker["volumes"]) <= set(hub["volumes"])
    assert worker["cap_drop"] == ["ALL"]
    assert "ports" not in worker


def test_compose_shows_nothing_to_other_machines() -> None:
    for name, service in COMPOSE["services"].items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
            assert port.endswith(f":{environment()['HUB_PORT']}")
    assert COMPOSE["services"]["hub"]["cap_drop"] == ["ALL"]


def test_compose_declares_its_volumes() -> None:
    mounted = {
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    }
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / name).is_dir() for name in mounted if name.startswith("."))
    targets = [volume.split(":")[1] for volume in COMPOSE["services"]["hub"]["volumes"]]
    assert environment()["HUB_DATA_DIR"] in targets
