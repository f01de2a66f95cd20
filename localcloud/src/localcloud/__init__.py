"""A cloud on this machine: AWS's APIs on a loopback port, IAM enforced, builds and pipelines really run."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.account import Account, Backend, Prepare, User
    from localcloud.lifecycle import LocalCloud, LocalCloudError
    from localcloud.options import Options

__all__ = ["Account", "Backend", "LocalCloud", "LocalCloudError", "Options", "Prepare", "User"]

_MODULES = {
    **dict.fromkeys(("Account", "Backend", "Prepare", "User"), "account"),
    **dict.fromkeys(("LocalCloud", "LocalCloudError"), "lifecycle"),
    "Options": "options",
}


def __getattr__(name: str) -> object:
    # On first use only: the provider's plugins, which the engine starts for every command, need none of these.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"localcloud.{_MODULES[name]}"), name)
