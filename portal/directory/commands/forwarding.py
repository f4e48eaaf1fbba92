"""Nothing that a partner does lets forwarded mail reach a mailbox more: it could be the mail that resets a password."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from portal.core.context import Ctx
from portal.core.permissions import Role
from portal.directory.commands.holding import hold
from portal.directory.policy.forwarding import ForwardedByPartner
from portal.directory.queries.forwarding import Pairs, forwards, readers, sent_on

Params = ParamSpec("Params")
Result = TypeVar("Result")
Function = Callable[Concatenate[Ctx, Params], Result]


def _to_nobody_more(
    look: Callable[[int], Pairs],
) -> Callable[[Function[Params, Result]], Function[Params, Result]]:
    def wrap(function: Function[Params, Result]) -> Function[Params, Result]:
        @functools.wraps(function)
        def run(ctx: Ctx, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
            if Role.ON_BEHALF not in ctx.actor.roles or not forwards(organization_id := hold(ctx)):
                return function(ctx, *args, **kwargs)
            before = look(organization_id)
            result = function(ctx, *args, **kwargs)
            gained = {address for _from, address in look(organization_id) - before}
            if gained:
                raise ForwardedByPartner(min(gained))
            return result

        return run

    return wrap


# Marks of commands, below `@command`: a refusal undoes what the command did (S3.12). The first is for what changes
# addresses, the second for what changes which mail policy counts for whom.
forwarded_mail_reaches_nobody_more = _to_nobody_more(readers)
nobody_more_is_forwarded = _to_nobody_more(sent_on)
