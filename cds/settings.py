"""The only reader of the environment: every TRIAL_HOOKS_* variable, its default and its meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from rules.messages import DEFAULT, LANGUAGES

# Where this machine keeps its spool, and the SQLite file of a site that names no database.
STATE = Path(".trial-hooks")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation is configured. Sizes are bytes; `timezone` is the site's IANA zone."""

    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    trials_path: Path | None = None
    code_map: Path | None = None
    site_profile: Path | None = None
    fixtures: Path = Path("fhir_fixtures")
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    body_limit: int = 10_000_000
    show_ineligible: bool = False
    demonstration: bool = False
    cors_origins: tuple[str, ...] = ()
    vendor: str = "generic"
    fetch_seconds: int = 5
    open_fhir_servers: tuple[str, ...] = ()
    state: Path = field(default_factory=lambda: _path(os.environ, "TRIAL_HOOKS_STATE") or STATE)
    database: str = field(default="", repr=False)
    spool_limit: int = 200_000_000
    archive_evidence: bool = False
    sync_before_answer: bool = False
    keep_comments: bool = False
    otlp_endpoint: str = ""

    @property
    def database_url(self) -> str:
        """The database of the record: as configured, else a file in the state folder."""
        return self.database or f"sqlite:///{self.state.absolute() / 'record.sqlite3'}"

    clients: Path | None = None
    smart: Path | None = None
    authentication: Literal["", "required", "off"] = ""
    jwt_lifetime: int = 3600
    jwt_leeway: int = 60
    body_seconds: int = 20
    answer_seconds: int = 10
    most_in_flight: int = 64
    language: str = DEFAULT

    def __post_init__(self) -> None:
        if self.authentication == "off" and not self.demonstration and self.host not in LOOPBACK:
            raise ValueError("TRIAL_HOOKS_AUTHENTICATION=off needs a loopback HOST or TRIAL_HOOKS_DEMONSTRATION")
        if self.most_in_flight < 1:
            raise ValueError("TRIAL_HOOKS_MOST_IN_FLIGHT must be at least 1")

    @property
    def authenticates(self) -> bool:
        """Whether a call about a patient needs a verified client: unless it is switched off, or in a demonstration."""
        return self.authentication == "required" or (self.authentication == "" and not self.demonstration)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read HOST, PORT and TRIAL_HOOKS_*; raises ValueError naming the variable that cannot be used."""
        env = os.environ if environment is None else environment
        host, port = env.get("HOST", "127.0.0.1"), _number(env, "PORT", 8000)
        return cls(
            host=host,
            port=port,
            public_url=env.get("TRIAL_HOOKS_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
            trials_path=_path(env, "TRIAL_HOOKS_TRIALS_PATH"),
            code_map=_path(env, "TRIAL_HOOKS_CODE_MAP"),
            site_profile=_path(env, "TRIAL_HOOKS_SITE_PROFILE"),
            fixtures=_path(env, "TRIAL_HOOKS_FIXTURES") or Path("fhir_fixtures"),
            timezone=_zone(env),
            body_limit=_number(env, "TRIAL_HOOKS_BODY_LIMIT", 10_000_000),
            show_ineligible=_flag(env, "TRIAL_HOOKS_SHOW_INELIGIBLE"),
            demonstration=_flag(env, "TRIAL_HOOKS_DEMONSTRATION"),
            cors_origins=_origins(env),
            vendor=env.get("TRIAL_HOOKS_VENDOR") or "generic",
            fetch_seconds=_number(env, "TRIAL_HOOKS_FETCH_SECONDS", 5),
            state=_path(env, "TRIAL_HOOKS_STATE") or STATE,
            database=env.get("TRIAL_HOOKS_DATABASE", ""),
            spool_limit=_number(env, "TRIAL_HOOKS_SPOOL_LIMIT", 200_000_000),
            archive_evidence=_flag(env, "TRIAL_HOOKS_ARCHIVE_EVIDENCE"),
            sync_before_answer=_flag(env, "TRIAL_HOOKS_SYNC_BEFORE_ANSWER"),
            keep_comments=_flag(env, "TRIAL_HOOKS_KEEP_COMMENTS"),
            otlp_endpoint=env.get("TRIAL_HOOKS_OTLP_ENDPOINT", "").rstrip("/"),
            open_fhir_servers=_list(env, "TRIAL_HOOKS_OPEN_FHIR_SERVERS"),
            clients=_path(env, "TRIAL_HOOKS_CLIENTS"),
            smart=_path(env, "TRIAL_HOOKS_SMART"),
            authentication=_authentication(env),
            jwt_lifetime=_number(env, "TRIAL_HOOKS_JWT_LIFETIME", 3600),
            jwt_leeway=_number(env, "TRIAL_HOOKS_JWT_LEEWAY", 60),
            body_seconds=_number(env, "TRIAL_HOOKS_BODY_SECONDS", 20),
            answer_seconds=_number(env, "TRIAL_HOOKS_ANSWER_SECONDS", 10),
            most_in_flight=_number(env, "TRIAL_HOOKS_MOST_IN_FLIGHT", 64),
            language=_language(env),
        )


def secret_from(name: str) -> str:
    """The value of one named variable, for a secret that must not stand in a command line. Raises ValueError."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ValueError(f"the environment variable {name} is not set")
    return value


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, (item.strip() for item in env.get(name, "").split(","))))


def _origins(env: Mapping[str, str]) -> tuple[str, ...]:
    """Origins as browsers send them (RFC 6454 §6.2); `*` is for demonstrations, where it needs no mention."""
    origins = _list(env, "TRIAL_HOOKS_CORS_ORIGINS")
    for origin in origins:
        if ORIGIN.fullmatch(origin) is None:
            raise ValueError(f"TRIAL_HOOKS_CORS_ORIGINS must be like https://ehr.example, not {origin!r}")
    return origins


def _authentication(env: Mapping[str, str]) -> Literal["", "required", "off"]:
    text = env.get("TRIAL_HOOKS_AUTHENTICATION", "").lower()
    for word in ("", "required", "off"):
        if text == word:
            return word
    raise ValueError(f"TRIAL_HOOKS_AUTHENTICATION must be required or off, not {text!r}")


def _language(env: Mapping[str, str]) -> str:
    name = env.get("TRIAL_HOOKS_LANGUAGE") or DEFAULT
    if name not in LANGUAGES:
        raise ValueError(f"TRIAL_HOOKS_LANGUAGE must be one of {', '.join(LANGUAGES)}, not {name!r}")
    return name


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "") or str(default)
    if not text.isdecimal():
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in ("", "0", "1", "true", "false"):
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text in ("1", "true")


def _zone(env: Mapping[str, str]) -> ZoneInfo:
    name = env.get("TRIAL_HOOKS_TIMEZONE", "UTC")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise ValueError(f"TRIAL_HOOKS_TIMEZONE must be an IANA zone such as Asia/Shanghai, not {name!r}") from error
