"""The key of an endpoint: where it comes from, and how every trace of it is taken out of words.

It is held in memory alone, given to nothing but the HTTP client, and never part of a message.
"""

import asyncio
import shlex
from collections.abc import Mapping

from stop_tui.core.errors import ModelOutage, UsageError
from stop_tui.core.model_profile import Profile
from stop_tui.language_models.endpoint.redaction import REDACTED, Cover, Redaction

COMMAND_SECONDS = 60.0
"""How long a command that prints a key may take; it may well ask a person for a touch."""

_SHORTEST = 4
"""A shorter key is no secret ('x', 'no'): many local servers want any key at all."""


class Key:
    """The key that a profile says how to get; none where it does not."""

    def __init__(self, name: str, profile: Profile, environment: Mapping[str, str]) -> None:
        """Raises UsageError when the environment variable that is to hold it does not."""
        self._name = name
        self._command = profile.api_key_command
        self._value: str | None = None if self._command else ""
        self._known: dict[str, Redaction] = {}
        self._asking = asyncio.Lock()
        if profile.api_key_env:
            value = environment.get(profile.api_key_env, "").strip()
            if not _is_key(value):
                state = "is not set" if not value else "holds no key: spaces or odd characters"
                raise UsageError(
                    f"The environment variable {profile.api_key_env}, where [models.{name}] looks "
                    f"for its key, {state}.",
                    hint=f"export {profile.api_key_env}=... in the shell that starts stop-tui.",
                )
            self._take(value)

    def __repr__(self) -> str:
        return f"Key({REDACTED})"

    async def value(self) -> str:
        """The key, empty for none; raises ModelOutage when the command does not print one."""
        async with self._asking:
            if self._value is None:
                self._take(await self._ask())
            return self._value or ""

    def renew(self, refused: str) -> bool:
        """After `refused` was turned down: whether asking for the key again may give another."""
        if not self._command:
            return False
        if self._value == refused:
            self._value = None
        return True

    def redact(self, text: str) -> str:
        """`text` without the key, or any telling part of it."""
        for redaction in self._known.values():
            text = redaction.redact(text)
        return text

    def cover(self) -> Cover:
        """Redacts one text that arrives in pieces."""
        return Cover(list(self._known.values()))

    def _take(self, value: str) -> None:
        self._value = value
        if len(value) >= _SHORTEST:
            self._known[value] = Redaction(value)

    async def _ask(self) -> str:
        # Neither the command's words nor what it prints go into a message: either may hold the key.
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(self._command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except (OSError, ValueError):
            raise self._no_key("cannot be started") from None
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise self._no_key(f"took longer than {COMMAND_SECONDS:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise self._no_key(f"failed with exit code {process.returncode}")
        value = printed.decode("utf-8", "replace").strip()
        if not _is_key(value):
            raise self._no_key("printed nothing" if not value else "printed more than a key")
        return value

    def _no_key(self, what: str) -> ModelOutage:
        return ModelOutage(
            f"The api_key_command of [models.{self._name}] {what}.",
            hint="Try the command in a terminal: it has to print the key and nothing else.",
        )


def _is_key(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable() and " " not in value
