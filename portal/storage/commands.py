"""`@command`: ask the permission table, then do everything in one transaction."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.storage.db import transaction

Params = ParamSpec("Params")
Result = TypeVar("Result", covariant=True)


class Command(Protocol[Params, Result]):
    """A public function that changes something; `permission` is what a page asks before it shows the button."""

    permission: P

    def __call__(self, ctx: Ctx, *args: Params.args, **kwargs: Params.kwargs) -> Result: ...


def command(
    permission: P,
) -> Callable[[Callable[Concatenate[Ctx, Params], Result]], Command[Params, Result]]:
    """Make a function a command: refused with `Forbidden` unless granted, atomic, the same for web, jobs and mail."""

    def wrap(function: Callable[Concatenate[Ctx, Params], Result]) -> Command[Params, Result]:
        @functools.wraps(function)
        def run(ctx: Ctx, *args: Params.args, **kwargs: Params.kwargs) -> Result:
            ctx.actor.require(permission)
            with transaction():
                return function(ctx, *args, **kwargs)

        wrapped = cast(Command[Params, Result], run)
        wrapped.permission = permission
        return wrapped

    return wrap
