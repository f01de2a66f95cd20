"""Errors as the engine takes them: a line for the user, without secrets, and the id of a half-made resource."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import any_pb2

from localcloud.engine_protocol import provider_pb2, status_pb2
from localcloud.provider.errors import PartialFailureError, ProviderError
from localcloud.provider.resource import explain
from localcloud.provider.wire import Secrets, decode, encode

_Method = TypeVar("_Method", bound=Callable[..., Any])
_PARTS_OF_A_URN = 4


def token_of(urn: str) -> str:
    """Return the type token of a URN, whose type part lists the parents' types first: `a:b:C$aws:sns/topic:Topic`."""
    return urn.split("::")[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """Return the logical name of a URN."""
    return urn.split("::", 3)[3]


def reporting(method: _Method) -> _Method:
    """Turn a service method's exceptions into errors of the protocol, with the secrets of the request blanked out."""

    @functools.wraps(method)
    def wrapper(self: object, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except PartialFailureError as error:
            _abort_partial(request, context, error)
        except (ProviderError, ClientError, BotoCoreError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, _message(request, explain(error)))
        except Exception as error:  # noqa: BLE001 - the last line of defence: the engine gets one line, not a traceback
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            text = f"defect in the local stand-in ({place}): {type(error).__name__}: {error}"
            context.abort(grpc.StatusCode.INTERNAL, _message(request, text))

    return cast(_Method, wrapper)


def _message(request: Any, text: str) -> str:
    urn = str(getattr(request, "urn", ""))
    about = f"{token_of(urn)} {name_of(urn)!r}: " if urn.count("::") >= _PARTS_OF_A_URN - 1 else ""
    return _secrets(request).hide(about + text)


def _secrets(request: Any) -> Secrets:
    structs = (getattr(request, name, None) for name in ("news", "olds", "properties", "inputs", "args"))
    return functools.reduce(Secrets.__or__, (decode(struct).secrets for struct in structs), Secrets())


def _abort_partial(request: Any, context: grpc.ServicerContext, error: PartialFailureError) -> NoReturn:
    reason = _message(request, str(error))
    detail = any_pb2.Any()
    state = encode(error.state, _secrets(request))
    detail.Pack(provider_pb2.ErrorResourceInitFailed(id=error.resource_id, properties=state, reasons=[reason]))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
